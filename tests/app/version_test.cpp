#include "app/version.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <regex>

TEST_CASE("the version names lmqttd and every library with a number") {
    const std::string text = lmqtt::app::version_text();
    CHECK(std::regex_search(text, std::regex(R"(^lmqttd \d+\.\d+\.\d+\n)")));
    for (const char* library :
         {"Boost", "SQLite", "OpenSSL", "spdlog", "toml\\+\\+", "SQLiteCpp", "CLI11"}) {
        INFO(library);
        CHECK(std::regex_search(text, std::regex(std::string("[ ,]") + library + R"( \d+\.\d+)")));
    }
}
