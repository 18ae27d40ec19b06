#include "accounts/fields.hpp"

#include <catch2/catch.hpp>

#include <cstdint>

using namespace lmqtt::accounts;

TEST_CASE("a text has one field more than separators", "[fields]") {
    using list = std::vector<std::string_view>;
    CHECK(split("", '$') == list{""});
    CHECK(split("a", '$') == list{"a"});
    CHECK(split("$a$$b$", '$') == list{"", "a", "", "b", ""});
}

TEST_CASE("a decimal number has one form", "[fields]") {
    CHECK(decimal<std::uint32_t>("0") == 0);
    CHECK(decimal<std::uint32_t>("4294967295") == 4294967295);
    for (const char* const wrong :
         {"", " 1", "1 ", "+1", "-1", "01", "00", "1x", "0x1", "4294967296"}) {
        INFO(wrong);
        CHECK_FALSE(decimal<std::uint32_t>(wrong));
    }
}

TEST_CASE("a field gives its value to whoever knows its name", "[fields]") {
    CHECK(value_of("t=2", "t") == "2");
    CHECK(value_of("t=", "t") == "");
    CHECK_FALSE(value_of("t", "t"));
    CHECK_FALSE(value_of("tt=2", "t"));
}
