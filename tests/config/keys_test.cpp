// Every row of the key table, through the file and into the config: nothing here names a single
// key's value, so a new key is tested by being there.
#include "config/keys.hpp"
#include "config/values.hpp"
#include "written.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace lmqtt;
using config_file::key;
using config_file::kind;
using config_file::setting;
using test::contains;
using test::file_with;

namespace {

bool is_number(const key& row) {
    return row.written == kind::integer || row.written == kind::seconds ||
           row.written == kind::duration || row.written == kind::size || row.written == kind::octal;
}

setting read_back(const key& row, const std::string& value) {
    const config_file::loaded result = test::load(file_with(row, value));
    INFO(file_with(row, value) << test::problems(result));
    REQUIRE(result.problems.empty());
    return row.at.get(result.value, 0);
}

/// Refused, in the last line, at the value, with the key's name and what was expected.
void check_refused(const key& row, const std::string& value) {
    const std::string text = file_with(row, value);
    const config_file::loaded result = test::load(text);
    INFO(text << test::problems(result));
    REQUIRE_FALSE(result.problems.empty());
    const config_file::problem& found = result.problems.front();
    CHECK(found.at.line == static_cast<unsigned>(std::ranges::count(text, '\n')));
    CHECK(found.at.column >= row.name.size() + 4);
    CHECK(contains(found.message, test::full_name(row) + ": expected "));
}

std::vector<std::string> wrong_types(const key& row) {
    std::vector<std::string> values = {"1.5", "1979-05-27", "{ a = 1 }", "[1]"};
    if (row.written != kind::list) {
        values.emplace_back("[]");
    }
    values.emplace_back(row.written == kind::boolean ? "1" : "true");
    if (row.written != kind::integer && row.written != kind::seconds && row.written != kind::size) {
        values.emplace_back("7");
    }
    const bool is_text = row.written == kind::text || row.written == kind::path;
    values.emplace_back(is_text ? "\"a\\u0007b\"" : "\"@\"");
    return values;
}

}  // namespace

TEST_CASE("every key starts with the default of its field, and the default can be written") {
    for (const key& row : config_file::keys()) {
        const setting standard = row.at.get(config{}, 0);
        const std::string text = config_file::print_value(row, standard);
        if (!text.empty()) {
            CHECK(read_back(row, text) == standard);
        }
    }
}

TEST_CASE("every number is taken at its smallest and its largest value") {
    for (const key& row : config_file::keys()) {
        if (is_number(row)) {
            for (const std::int64_t edge : {row.bounds.min, row.bounds.max}) {
                CHECK(read_back(row, config_file::print_value(row, edge)) == setting(edge));
            }
        }
    }
}

TEST_CASE("every number below its smallest or above its largest value is refused at its place") {
    for (const key& row : config_file::keys()) {
        const std::int64_t step = row.written == kind::seconds ? 1000 : row.at.tick;
        if (is_number(row)) {
            check_refused(row, config_file::print_value(row, row.bounds.min - step));
            check_refused(row, config_file::print_value(row, row.bounds.max + step));
        }
    }
}

TEST_CASE("every text is taken at its longest and refused above") {
    for (const key& row : config_file::keys()) {
        if (row.written == kind::text) {
            // A path has to begin, and a mount point to end, with a slash.
            const std::string longest =
                "/" + std::string(static_cast<std::size_t>(row.bounds.max) - 2, 'a') + "/";
            CHECK(read_back(row, "\"" + longest + "\"") == setting(longest));
            check_refused(row, "\"a" + longest + "\"");
        }
    }
}

TEST_CASE("every choice takes each of its words and no other") {
    for (const key& row : config_file::keys()) {
        if (row.written == kind::choice) {
            for (std::size_t i = 0; i < row.at.words.size(); ++i) {
                const std::string word = "\"" + std::string(row.at.words[i]) + "\"";
                CHECK(read_back(row, word) == setting(static_cast<std::int64_t>(i)));
            }
            check_refused(row, "\"nonsense\"");
            check_refused(row, "\"\"");
        }
    }
}

TEST_CASE("every key refuses a value of a wrong type, with its place") {
    for (const key& row : config_file::keys()) {
        for (const std::string& value : wrong_types(row)) {
            check_refused(row, value);
        }
    }
}

TEST_CASE("\"unlimited\" is taken by exactly those keys whose bound can be lifted") {
    for (const key& row : config_file::keys()) {
        if (row.at.lifts) {
            CHECK(read_back(row, "\"unlimited\"") == setting(config_file::lifted{}));
            CHECK(config_file::print_value(row, config_file::lifted{}) == "\"unlimited\"");
        } else if (row.written != kind::text && row.written != kind::path) {
            check_refused(row, "\"unlimited\"");
        }
    }
}

TEST_CASE("an empty field is spelled by its own word, and by no other") {
    for (const key& row : config_file::keys()) {
        if (!row.absent_word.empty()) {
            REQUIRE(row.at.empties);
            const std::string word = "\"" + std::string(row.absent_word) + "\"";
            CHECK(read_back(row, word) == setting(config_file::absent{}));
            check_refused(row, row.absent_word == "auto" ? "\"off\"" : "\"auto\"");
        }
    }
}

TEST_CASE("0 is never unlimited") {
    for (const key& row : config_file::keys()) {
        if (row.at.lifts && row.bounds.min == 0) {
            const std::string zero = config_file::print_value(row, std::int64_t{0});
            CHECK(read_back(row, zero) == setting(std::int64_t{0}));
        }
    }
}

TEST_CASE("every key has a name of its own, a sentence, and a section that exists") {
    std::set<std::string> names;
    for (const key& row : config_file::keys()) {
        CHECK(names.insert(test::full_name(row)).second);
        CHECK(row.sentence.ends_with('.'));
        CHECK(
            std::ranges::count(
                config_file::sections(), row.at.section, &config_file::section::name
            ) == 1
        );
        CHECK(config_file::find_key(row.at.section, row.name)->sentence == row.sentence);
        CHECK(row.bounds.min <= row.bounds.max);
    }
    CHECK(config_file::find_key("mqtt", "no_such_key") == nullptr);
    CHECK(config_file::keys_of("no_such_section").empty());
}

TEST_CASE("every list of texts takes each of its texts up to the longest, in order") {
    for (const key& row : config_file::keys()) {
        if (row.written == kind::list && row.name == "websocket.origins") {
            const std::string longest(static_cast<std::size_t>(row.bounds.max), 'a');
            const config_file::texts both = {"b", longest};
            CHECK(read_back(row, "[\"b\", \"" + longest + "\"]") == setting(both));
            CHECK(config_file::print_value(row, setting(both)) == "[\"b\", \"" + longest + "\"]");
            CHECK(read_back(row, "[]") == setting(config_file::texts{}));
        }
        if (row.written == kind::list) {
            const std::string longest(static_cast<std::size_t>(row.bounds.max), 'a');
            check_refused(row, "[\"a" + longest + "\"]");
            check_refused(row, "[\"a\", 1]");
        }
    }
}
