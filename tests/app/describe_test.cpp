#include "app/describe.hpp"
#include "app/exit_code.hpp"
#include "config/describe.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace lmqtt;
using test::contains;

namespace {

std::string read(const std::string& name) {
    std::ifstream stream(LMQTT_SOURCE_ROOT "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("every topic has a page that ends with a line") {
    for (const std::string& topic : app::description_topics()) {
        const std::optional<std::string> page = app::describe(topic);
        REQUIRE(page);
        CHECK(page->size() > 100);
        CHECK(page->back() == '\n');
    }
    CHECK_FALSE(app::describe("life"));
}

TEST_CASE("the pages in the repository are what is printed") {
    CHECK(app::describe("toml") == read("etc/lmqttd.toml"));
    CHECK(app::describe("config") == read("docs/config.md"));
    CHECK(app::describe("hooks") == read("docs/hooks.md"));
    CHECK(app::describe("metrics") == read("docs/metrics.md"));
}

TEST_CASE("the page about the configuration names every exit code") {
    const std::string page = app::describe("config").value();
    CHECK(page.starts_with(config_file::describe_markdown()));
    for (const app::exit_reason& reason : app::exit_reasons) {
        CHECK(contains(page, "| " + std::to_string(static_cast<int>(reason.code)) + " | "));
    }
}
