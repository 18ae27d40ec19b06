#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "topic/exact_filters.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt::topic;
using test::member;

TEST_CASE("an exact filter's list is found by the whole text, also when hashes are equal") {
    exact_filters filters;
    filters.at(5, "a/b").add(member(1));
    filters.at(5, "a/c").add(member(2));
    REQUIRE(filters.find(5, "a/b") != nullptr);
    CHECK(filters.find(5, "a/b")->subscribers()[0].session == 1);
    CHECK(filters.find(5, "a/c")->subscribers()[0].session == 2);
    CHECK(filters.find(5, "a/d") == nullptr);
    CHECK(filters.find(6, "a/b") == nullptr);
}

TEST_CASE("only an empty list can be trimmed, and then nothing of the filter remains") {
    const auto before = test::bytes_in_use();
    exact_filters filters;
    filters.at(5, "a/b").add(member(1));
    filters.trim(5, "a/b");
    REQUIRE(filters.find(5, "a/b") != nullptr);
    filters.find(5, "a/b")->remove(1);
    filters.trim(5, "a/b");
    CHECK(filters.find(5, "a/b") == nullptr);
    filters.trim(5, "a/b");
    CHECK(test::bytes_in_use() == before);
}

TEST_CASE("an exact filter costs no more than 110 bytes with options and identifier") {
    constexpr std::uint32_t count = 100'000;
    const auto before = test::bytes_in_use();
    exact_filters filters;
    for (std::uint32_t number = 0; number < count; ++number) {
        const std::string text = "site7/device/" + std::to_string(100'000 + number) + "/temp";
        filters.at(number * 2'654'435'761U, text).add(member(number));
    }
    // The allocator adds eight bytes to each of the two pieces.
    CHECK((test::bytes_in_use() - before) / count + 8 <= 110);
}
