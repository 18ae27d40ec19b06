#include "accounts/names.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt::accounts;

TEST_CASE("a name is any text a log can show", "[names]") {
    for (const char* const fine :
         {"a", "alice", "Grüße", "a b", "a:b", "../x", "$x", "#", "'; --"}) {
        INFO(fine);
        CHECK(problem_with_name(fine).empty());
    }
    CHECK(problem_with_name(std::string(1024, 'x')).empty());
}

TEST_CASE("what is empty, endless or has control characters is no name (C17)", "[names]") {
    CHECK_FALSE(problem_with_name("").empty());
    CHECK_FALSE(problem_with_name(std::string(1025, 'x')).empty());
    CHECK_FALSE(problem_with_name(std::string_view("a\0b", 3)).empty());
    for (const char* const wrong : {"a\n", "\t", "a\x1b[2J", "\x7f"}) {
        CHECK_FALSE(problem_with_name(wrong).empty());
    }
}
