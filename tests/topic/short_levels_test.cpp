#include "counted_memory.hpp"
#include "topic/level_names.hpp"
#include "topic/short_levels.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace lmqtt::topic;

TEST_CASE("each short level in use has a number of its own, the empty one too") {
    short_levels levels{1};
    CHECK(levels.find("") == short_levels::none);
    CHECK(levels.find("a") == short_levels::none);
    std::set<std::uint32_t> numbers;
    for (const char* text : {"", "a", "aa", "b", "12345678", "1234567", "\xC3\xA9"}) {
        const std::uint32_t number = levels.acquire(text);
        CHECK(levels.find(text) == number);
        CHECK(levels.acquire(text) == number);
        numbers.insert(number);
    }
    CHECK(numbers.size() == 7);
    CHECK(levels.find("zz") == short_levels::none);
}

TEST_CASE("a short level keeps its number until its last user releases it") {
    short_levels levels{1};
    const std::uint32_t number = levels.acquire("a");
    levels.acquire("a");
    levels.release(number);
    CHECK(levels.find("a") == number);
    levels.release(number);
    CHECK(levels.find("a") == short_levels::none);
}

TEST_CASE("many short levels come and go, the others are still found, and memory comes back") {
    const std::uint64_t seed = GENERATE(1U, 2U, 3U);
    const auto before = test::bytes_in_use();
    {
        short_levels levels{seed};
        std::vector<std::uint32_t> numbers;
        for (int level = 0; level < 10'000; ++level) {
            numbers.push_back(levels.acquire(std::to_string(level)));
        }
        const auto full = test::bytes_in_use();
        for (std::size_t level = 0; level < 10'000; level += 2) {
            levels.release(numbers[level]);
        }
        for (std::size_t level = 0; level < 10'000; ++level) {
            const std::uint32_t expected = level % 2 == 0 ? short_levels::none : numbers[level];
            REQUIRE(levels.find(std::to_string(level)) == expected);
        }
        for (std::size_t level = 1; level < 10'000; level += 2) {
            levels.release(numbers[level]);
        }
        CHECK(levels.find("1") == short_levels::none);
        CHECK(test::bytes_in_use() + 300'000 < full);
    }
    CHECK(test::bytes_in_use() == before);
}

TEST_CASE("short and long levels never share a number") {
    level_names names{1};
    std::set<std::uint32_t> numbers;
    for (int level = 0; level < 1'000; ++level) {
        numbers.insert(names.acquire(std::to_string(level)));
        numbers.insert(names.acquire("longer than eight " + std::to_string(level)));
    }
    CHECK(numbers.size() == 2'000);
    const std::uint32_t number = names.find("longer than eight 7");
    CHECK(number != names.find("7"));
    names.release(number);
    CHECK(names.find("longer than eight 7") == level_names::none);
    CHECK(names.find("7") != level_names::none);
}
