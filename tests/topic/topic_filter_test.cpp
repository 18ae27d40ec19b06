#include "topic/topic_filter.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace lmqtt::topic;

namespace {

bool valid(std::string_view text) {
    return parse_filter(text, {}).has_value();
}

struct comparison {
    const char* filter;
    const char* topic;
    bool match;
};

void check(const std::vector<comparison>& table) {
    for (const auto& [filter, topic, match] : table) {
        INFO(filter << " against " << topic);
        CHECK(parse_filter(filter, {}).has_value());
        CHECK(matches(filter, topic) == match);
    }
}

}  // namespace

TEST_CASE("a filter has at least one character [MQTT-4.7.3-1]") {
    CHECK_FALSE(valid(""));
    CHECK(valid("/"));
    CHECK(valid(" "));
}

TEST_CASE("a filter has no U+0000 [MQTT-4.7.3-2]") {
    using namespace std::string_view_literals;
    CHECK_FALSE(valid("\0"sv));
    CHECK_FALSE(valid("a\0b"sv));
    CHECK_FALSE(valid("$share/g\0/a"sv));
    CHECK_FALSE(valid("$share/g/a\0"sv));
}

TEST_CASE("'#' stands alone in the last level [MQTT-4.7.1-1]") {
    for (const char* text : {"#", "/#", "a/#", "a/b/#", "+/#", "//#", "$SYS/#"}) {
        INFO(text);
        CHECK(valid(text));
    }
    for (const char* text :
         {"a#",
          "#a",
          "a/b#",
          "a/#/b",
          "#/a",
          "##",
          "#/",
          "#/#",
          "a/#/",
          "/#/",
          "+#",
          "#+",
          "a/##"}) {
        INFO(text);
        CHECK_FALSE(valid(text));
    }
}

TEST_CASE("'+' fills a whole level, any of them [MQTT-4.7.1-2]") {
    for (const char* text : {"+", "+/", "/+", "+/+", "a/+/b", "+/a/+", "a/+/#", "+/+/+/+"}) {
        INFO(text);
        CHECK(valid(text));
    }
    for (const char* text : {"a+", "+a", "a/b+", "a/+b", "+a/b", "++", "a/++/b", "a+b"}) {
        INFO(text);
        CHECK_FALSE(valid(text));
    }
}

TEST_CASE("a filter says whether it has wildcards") {
    CHECK_FALSE(parse_filter("a/b", {})->wildcard);
    CHECK(parse_filter("a/+", {})->wildcard);
    CHECK(parse_filter("#", {})->wildcard);
    CHECK(parse_filter("$share/g/#", {})->wildcard);
    CHECK_FALSE(parse_filter("$share/g/a", {})->wildcard);
}

TEST_CASE("a filter may have 65,535 bytes and no more [MQTT-4.7.3-3]") {
    CHECK(valid(std::string(65'535, 'a')));
    CHECK(valid(std::string(65'535, '/')));
    CHECK_FALSE(valid(std::string(65'536, 'a')));
    std::string deep = "+";
    while (deep.size() < 65'535) {
        deep += "/+";
    }
    CHECK(valid(deep));
}

TEST_CASE("the byte limit is for the whole text, the level limit for the filter without share name"
) {
    const topic_limits limits{.maximum_bytes = 14, .maximum_levels = 2};
    CHECK(parse_filter("a/b", limits).has_value());
    CHECK_FALSE(parse_filter("a/b/c", limits).has_value());
    CHECK(parse_filter("$share/group/a", limits).has_value());
    CHECK_FALSE(parse_filter("$share/group/ab", limits).has_value());
    CHECK(parse_filter("$share/g/a/b", limits).has_value());
    CHECK_FALSE(parse_filter("$share/g/a/b/c", limits).has_value());
}

TEST_CASE("a shared filter has a share name of at least one character [MQTT-4.8.2-1]") {
    for (const char* text : {"$share", "$share/", "$share//", "$share//x", "$share//#"}) {
        INFO(text);
        CHECK_FALSE(valid(text));
    }
}

TEST_CASE("a share name has no wildcards and is followed by a filter [MQTT-4.8.2-2] [MQTT-4.7.3-1]"
) {
    for (const char* text :
         {"$share/g",
          "$share/g/",
          "$share/+/a",
          "$share/#/a",
          "$share/g+/a",
          "$share/#",
          "$share/+",
          "$share/g#/a",
          "$share/g/a#",
          "$share/g/#/a"}) {
        INFO(text);
        CHECK_FALSE(valid(text));
    }
}

TEST_CASE("a shared filter is split into share name and filter") {
    const auto plain = parse_filter("$share/group/a/b", {});
    REQUIRE(plain.has_value());
    CHECK(plain->shared());
    CHECK(plain->share_name == "group");
    CHECK(plain->filter == "a/b");

    CHECK(parse_filter("$share/g//", {})->filter == "/");
    CHECK(parse_filter("$share/g//a", {})->filter == "/a");
    CHECK(parse_filter("$share/g/#", {})->filter == "#");
    CHECK(parse_filter("$share/$g/a", {})->share_name == "$g");
    CHECK(parse_filter("$share/$share/$share/g/a", {})->filter == "$share/g/a");
}

TEST_CASE("what only looks like a shared filter is an ordinary one") {
    for (const char* text :
         {"$shared",
          "$shared/g/a",
          "$Share/g/a",
          "$SHARE/g/a",
          "share/g/a",
          "/$share/g/a",
          "$queue/a",
          "$",
          "$x",
          "$SYS/broker/uptime",
          "$CONTROL/dynamic-security",
          "$MQTT/x",
          "$share "}) {
        INFO(text);
        const auto parsed = parse_filter(text, {});
        REQUIRE(parsed.has_value());
        CHECK_FALSE(parsed->shared());
        CHECK(parsed->filter == text);
    }
}

TEST_CASE("'#' matches its parent and everything below [MQTT-4.7.1-1]") {
    check({
        {"sport/tennis/player1/#", "sport/tennis/player1", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
        {"sport/tennis/player1/#", "sport/tennis/player10", false},
        {"sport/#", "sport", true},
        {"sport/#", "sport/", true},
        {"sport/#", "sports", false},
        {"#", "a", true},
        {"#", "/", true},
        {"#", "/a/b/c", true},
        {"/#", "/", true},
        {"/#", "/a", true},
        {"/#", "a", false},
        {"a/b/#", "a", false},
        {"a/b/#", "a/c", false},
    });
}

TEST_CASE("'+' matches exactly one level, also an empty one [MQTT-4.7.1-2]") {
    check({
        {"sport/tennis/+", "sport/tennis/player1", true},
        {"sport/tennis/+", "sport/tennis/player2", true},
        {"sport/tennis/+", "sport/tennis/player1/ranking", false},
        {"sport/tennis/+", "sport/tennis", false},
        {"sport/+", "sport", false},
        {"sport/+", "sport/", true},
        {"+", "finance", true},
        {"+", "/finance", false},
        {"/+", "/finance", true},
        {"+/+", "/finance", true},
        {"+/+", "/", true},
        {"+", "/", false},
        {"+/tennis/#", "sport/tennis", true},
        {"+/tennis/#", "sport/tennis/a/b", true},
        {"+/tennis/#", "tennis", false},
        {"a/+/c", "a/b/c", true},
        {"a/+/c", "a//c", true},
        {"a/+/c", "a/c", false},
        {"a/+/c", "a/b/d", false},
        {"+/#", "a", true},
        {"+/#", "a/b", true},
        {"a/+/#", "a", false},
        {"a/+/#", "a/b", true},
    });
}

TEST_CASE("filters starting with a wildcard match no topic starting with a dollar [MQTT-4.7.2-1]") {
    check({
        {"#", "$SYS", false},
        {"#", "$SYS/monitor/Clients", false},
        {"#", "$", false},
        {"+/monitor/Clients", "$SYS/monitor/Clients", false},
        {"+", "$x", false},
        {"+/#", "$SYS/a", false},
        {"$SYS/#", "$SYS/monitor/Clients", true},
        {"$SYS/#", "$SYS", true},
        {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
        {"$/#", "$", true},
        {"#", "a/$SYS", true},
        {"+/+", "a/$x", true},
        {"/+", "/$x", true},
    });
}

TEST_CASE("names are compared byte by byte: nothing is normalized [MQTT-4.7.3-4]") {
    check({
        {"ACCOUNTS", "Accounts", false},
        {"a", "a ", false},
        {"a", "/a", false},
        {"a/", "a", false},
        {"a//b", "a/b", false},
        {"a//b", "a//b", true},
        {"\xC3\xA9", "e\xCC\x81", false},
        {"\xC3\xA9", "\xC3\xA9", true},
        {"\xEF\xBB\xBFx", "x", false},
    });
}

TEST_CASE("a filter as deep as possible is compared without recursion [MQTT-4.7.3-3]") {
    std::string filter = "+";
    std::string topic = "a";
    while (filter.size() + 2 <= 65'535) {
        filter += "/+";
        topic += "/a";
    }
    CHECK(matches(filter, topic));
    CHECK_FALSE(matches(filter, topic + "/a"));
    CHECK(matches(filter + "/#", topic));
}
