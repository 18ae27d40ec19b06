#include "access/placeholders.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::access;

namespace {

constexpr substitutes names{.user_name = "U", .client_id = "C"};

}  // namespace

TEST_CASE("%u and %c stand for the user name and the client identifier, %% for a percent sign") {
    CHECK(substituted("a/%u/%c/#", names) == "a/U/C/#");
    CHECK(substituted("%u", names) == "U");
    CHECK(substituted("x%cy/+", names) == "xCy/+");
    CHECK(substituted("100%%/%%u/%c", names) == "100%/%u/C");
    CHECK(substituted("a/b", names) == "a/b");
    CHECK(substituted("", names).empty());
}

TEST_CASE("what is put in is not looked at again") {
    CHECK(substituted("%u/%c", {.user_name = "%c", .client_id = "%u"}) == "%c/%u");
    CHECK(substituted("%%%u", {.user_name = "c", .client_id = "x"}) == "%c");
    CHECK(substituted("%u%%c", {.user_name = "%", .client_id = "x"}) == "%%c");
}

TEST_CASE("a rule is known by the names it uses") {
    CHECK(placeholders_in("a/%u").user);
    CHECK_FALSE(placeholders_in("a/%u").client);
    CHECK(placeholders_in("%c/a").client);
    CHECK_FALSE(placeholders_in("%%c/%%u").any());
    CHECK(placeholders_in("%%%c").client);
}

TEST_CASE("a percent sign that means nothing is a problem") {
    for (const char* topic : {"%", "a/%", "%x", "%U/a", "50% off", "%%%", "%/u"}) {
        INFO(topic);
        CHECK(placeholder_problem(topic).has_value());
    }
    for (const char* topic : {"", "a", "%%", "%u/%c", "x-%c", "%%%%/%u"}) {
        INFO(topic);
        CHECK_FALSE(placeholder_problem(topic).has_value());
    }
}

TEST_CASE("a level has one placeholder, so that no client can speak for another") {
    CHECK(placeholder_problem("%u-%c").has_value());
    CHECK(placeholder_problem("a/%c%c/b").has_value());
    CHECK_FALSE(placeholder_problem("%u/%c").has_value());
}

TEST_CASE("only a name that is part of one level can be put in (C01)") {
    using namespace std::string_view_literals;
    for (const auto name :
         {""sv,
          "#"sv,
          "+"sv,
          "a/#"sv,
          "a/+"sv,
          "../x"sv,
          "a/b"sv,
          "/"sv,
          "\0"sv,
          "a\0b"sv,
          "a\n"sv,
          "\x1f"sv,
          "\x7f"sv,
          "\xC2\x80"sv,
          "\xC2\x9F"sv,
          "$share/g/a"sv}) {
        INFO(name);
        CHECK_FALSE(can_be_substituted(name));
    }
    for (const auto name :
         {"a"sv,
          ".*"sv,
          "%u"sv,
          "$share"sv,
          "$SYS"sv,
          "\xEF\xBB\xBF"sv,
          "\xC2\xA0"sv,
          "a b"sv,
          "\xC3\xA9"sv,
          ".."sv,
          "[a-z]"sv}) {
        INFO(name);
        CHECK(can_be_substituted(name));
    }
}

TEST_CASE("a topic is written without placeholders by doubling its percent signs") {
    CHECK(without_placeholders("100%/%u") == "100%%/%%u");
    CHECK(substituted(without_placeholders("a/%%c%"), names) == "a/%%c%");
}

TEST_CASE("a level has a name in it or not, and what stands around it") {
    CHECK(parts_of("") == level_parts{});
    CHECK(parts_of("100%%") == level_parts{.before = "100%", .after = {}});
    CHECK(parts_of("%%u") == level_parts{.before = "%u", .after = {}});
    CHECK(
        parts_of("a%%%ub%%") ==
        level_parts{.before = "a%", .after = "b%", .name = level_parts::user}
    );
    CHECK(parts_of("%c") == level_parts{.before = {}, .after = {}, .name = level_parts::client});
    CHECK(parts_of("a%cb").is("aCb", names));
    CHECK_FALSE(parts_of("a%cb").is("aUb", names));
    CHECK_FALSE(parts_of("a%cb").is("ab", {}));
}
