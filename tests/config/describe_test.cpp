// What is printed, what is kept in the repository, and what a user copies out of a document: all
// the same.
#include "config/describe.hpp"
#include "config/keys.hpp"
#include "written.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

using namespace lmqtt;
using test::contains;

namespace {

const std::filesystem::path root = LMQTT_SOURCE_ROOT;

std::string read(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// The ```toml blocks of a Markdown text.
std::vector<std::string> samples_in(const std::string& text) {
    std::vector<std::string> samples;
    std::istringstream lines(text);
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (!inside && line == "```toml") {
            inside = true;
            samples.emplace_back();
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            samples.back() += line + "\n";
        }
    }
    return samples;
}

}  // namespace

TEST_CASE("etc/lmqttd.toml is what `lmqttd describe toml` prints") {
    CHECK(read(root / "etc/lmqttd.toml") == config_file::describe_toml());
}

TEST_CASE("docs/config.md begins with what the key table prints") {
    CHECK(read(root / "docs/config.md").starts_with(config_file::describe_markdown()));
}

TEST_CASE("the printed file is valid and changes nothing") {
    const config_file::loaded result = test::load(config_file::describe_toml());
    CHECK(test::problems(result).empty());
    CHECK(result.value == config{});
}

TEST_CASE("the printed file names every key, and its commented lines are valid, too") {
    std::istringstream lines(config_file::describe_toml());
    for (const config_file::key& row : config_file::keys()) {
        const std::string name = std::string(row.name) + " = ";
        std::string line;
        bool found = false;
        while (!found && std::getline(lines, line)) {
            found = line.starts_with(name) || line.starts_with("# " + name);
        }
        INFO(row.name);
        REQUIRE(found);
        const std::string value = line.substr(line.find(" = ") + 3);
        CHECK(test::problems(test::load(test::file_with(row, value))).empty());
    }
}

TEST_CASE("the printed file and document fit their width") {
    std::istringstream lines(config_file::describe_toml());
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <= 100);
    }
}

TEST_CASE("every sample in a document loads") {
    std::vector<std::filesystem::path> documents = {root / "README.md"};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "docs")) {
        if (entry.path().extension() == ".md") {
            documents.push_back(entry.path());
        }
    }
    std::size_t seen = 0;
    for (const std::filesystem::path& document : documents) {
        for (const std::string& sample : samples_in(read(document))) {
            INFO(document << "\n" << sample);
            CHECK(test::problems(test::load(sample)).empty());
            ++seen;
        }
    }
    CHECK(seen > 0);
}
