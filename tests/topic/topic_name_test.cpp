#include "topic/levels.hpp"
#include "topic/topic_name.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace lmqtt::topic;

namespace {

std::vector<std::string> levels_of(std::string_view text) {
    std::vector<std::string> levels;
    level_reader reader{text};
    for (std::string_view level; reader.next(level);) {
        levels.emplace_back(level);
    }
    return levels;
}

bool valid(std::string_view text) {
    return valid_topic_name(text, {});
}

}  // namespace

TEST_CASE("a topic name has at least one character [MQTT-4.7.3-1]") {
    CHECK_FALSE(valid(""));
    CHECK(valid("a"));
    CHECK(valid("/"));
    CHECK(valid(" "));
}

TEST_CASE("a topic name has no wildcards anywhere [MQTT-4.7.0-1] [MQTT-3.3.2-2]") {
    for (const char* text : {"#", "+", "a/#", "a/+", "+/a", "a+", "a#b", "a/b+c/d"}) {
        INFO(text);
        CHECK_FALSE(valid(text));
    }
}

TEST_CASE("a topic name has no U+0000 [MQTT-4.7.3-2]") {
    using namespace std::string_view_literals;
    CHECK_FALSE(valid("\0"sv));
    CHECK_FALSE(valid("a/\0/b"sv));
    CHECK_FALSE(valid("a\0"sv));
}

TEST_CASE("topic names starting with a dollar are names like others") {
    for (const char* text :
         {"$", "$x", "$SYS/broker", "$share", "$share/", "$queue/x", "$CONTROL"}) {
        INFO(text);
        CHECK(valid(text));
    }
}

TEST_CASE("a topic name may have 65,535 bytes and no more [MQTT-4.7.3-3]") {
    CHECK(valid(std::string(65'535, 'a')));
    CHECK(valid(std::string(65'535, '/')));
    CHECK_FALSE(valid(std::string(65'536, 'a')));
}

TEST_CASE("limits of bytes and levels are kept exactly") {
    const topic_limits limits{.maximum_bytes = 10, .maximum_levels = 3};
    CHECK(valid_topic_name("0123456789", limits));
    CHECK_FALSE(valid_topic_name("0123456789a", limits));
    CHECK(valid_topic_name("a/b/c", limits));
    CHECK(valid_topic_name("//", limits));
    CHECK_FALSE(valid_topic_name("///", limits));
    CHECK_FALSE(valid_topic_name("a/b/c/d", limits));
}

TEST_CASE("empty levels are levels: nothing is normalized [MQTT-4.7.3-4]") {
    CHECK(levels_of("a/b") == std::vector<std::string>{"a", "b"});
    CHECK(levels_of("a//b") == std::vector<std::string>{"a", "", "b"});
    CHECK(levels_of("/a") == std::vector<std::string>{"", "a"});
    CHECK(levels_of("a/") == std::vector<std::string>{"a", ""});
    CHECK(levels_of("/") == std::vector<std::string>{"", ""});
    CHECK(levels_of(std::string(65'535, '/')).size() == 65'536);
}

TEST_CASE("the first level ends at the first slash") {
    CHECK(first_level("a/b/c") == "a");
    CHECK(first_level("a") == "a");
    CHECK(first_level("/a") == "");
}
