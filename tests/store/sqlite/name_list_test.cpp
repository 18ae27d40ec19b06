#include "store/sqlite/name_list.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::persistence;
using names = std::vector<std::string>;

TEST_CASE("names come back as they were", "[name_list]") {
    CHECK(text_of_names({}) == "[]");
    CHECK(text_of_names({"a", "b"}) == R"(["a","b"])");
    const names odd = {"", "a\"b", "J\u00fcrgen", "a,b", "\\"};
    CHECK(names_of(text_of_names(odd)) == odd);
    CHECK(names_of("[]").empty());
}

TEST_CASE("what is no list of names is none", "[name_list]") {
    for (const char* const wrong :
         {"", "null", "{}", "\"a\"", "[1]", "[\"a\",1]", "[\"a\"", "[[\"a\"]]", "\xff"}) {
        INFO(wrong);
        CHECK(names_of(wrong).empty());
    }
    CHECK_FALSE(text_of_names({"\xff"}).empty());
}
