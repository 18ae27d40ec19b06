// docs/access.md is true: its files are written to a folder, its commands are run there, and what
// they print is what stands on the page.
#include "app/acl_command.hpp"
#include "app/arguments.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

using namespace lmqtt;

namespace {

struct block {
    std::string language;
    std::string text;
};

std::vector<block> blocks_of(std::istream& page) {
    std::vector<block> found;
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("```")) {
            inside = !inside;
            if (inside) {
                found.push_back({line.substr(3), ""});
            }
        } else if (inside) {
            found.back().text += line + "\n";
        }
    }
    return found;
}

/// Each command of a console block, with what is printed below it.
std::vector<std::pair<std::string, std::string>> commands_of(const std::string& text) {
    std::vector<std::pair<std::string, std::string>> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("$ ")) {
            found.emplace_back(line.substr(2), "");
        } else {
            REQUIRE_FALSE(found.empty());
            found.back().second += line + "\n";
        }
    }
    return found;
}

/// The words of a command line; 'these' keep what is between the quotes.
std::vector<std::string> words_of(const std::string& command) {
    std::vector<std::string> words;
    std::istringstream stream(command);
    for (std::string word; stream >> word;) {
        const bool quoted = word.size() > 1 && word.front() == '\'' && word.back() == '\'';
        words.push_back(quoted ? word.substr(1, word.size() - 2) : word);
    }
    return words;
}

/// A shell in which there is lmqttd alone.
class shell {
public:
    void write(const block& file) {
        const std::map<std::string, std::string> names = {
            {"toml", "lmqttd.toml"}, {"rules", "rules.toml"}, {"acl", "mosquitto.acl"}};
        folder_.write(names.at(file.language), file.text);
    }

    std::string run(const std::string& command) const {
        std::vector<std::string> words = words_of(command);
        REQUIRE(words.at(0) == "lmqttd");
        words.erase(words.begin());
        app::arguments given = app::parse_arguments(words);
        std::string text;
        if (given.wanted == app::action::acl_import) {
            text = app::import_acl(folder_.path(given.acl_file).string());
        } else {
            REQUIRE(given.wanted == app::action::acl_explain);
            const auto answer =
                app::explain_access(folder_.path(given.file.value().string()), given.question);
            CHECK(answer.allowed == answer.text.starts_with("allowed"));
            text = answer.text;
        }
        return without_folder(std::move(text));
    }

private:
    std::string without_folder(std::string text) const {
        const std::string place = folder_.path("").string();
        for (auto at = text.find(place); at != std::string::npos; at = text.find(place)) {
            text.erase(at, place.size());
        }
        return text;
    }

    test::scratch folder_;
};

}  // namespace

TEST_CASE("what docs/access.md shows is what happens") {
    std::ifstream page(std::string(LMQTT_SOURCE_ROOT) + "/docs/access.md");
    shell here;
    int commands = 0;
    for (const block& each : blocks_of(page)) {
        if (each.language != "console") {
            here.write(each);
            continue;
        }
        for (const auto& [command, shown] : commands_of(each.text)) {
            INFO(command);
            CHECK(here.run(command) == shown);
            ++commands;
        }
    }
    CHECK(commands == 12);
}
