#include "counted_memory.hpp"
#include "topic/long_levels.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace lmqtt::topic;

namespace {

std::string long_text(std::size_t number) {
    return "a-level-of-more-than-eight-" + std::to_string(number);
}

}  // namespace

TEST_CASE("a long level keeps its number until its last user releases it") {
    long_levels levels{1};
    CHECK(levels.find("123456789") == long_levels::none);
    const std::uint32_t number = levels.acquire("123456789");
    CHECK(levels.acquire("123456789") == number);
    CHECK(levels.acquire("123456780") != number);
    levels.release(number);
    CHECK(levels.find("123456789") == number);
    levels.release(number);
    CHECK(levels.find("123456789") == long_levels::none);
    CHECK(levels.find("123456780") != long_levels::none);
}

TEST_CASE("a level may be as long as a topic [MQTT-4.7.3-3]") {
    long_levels levels{1};
    const std::string longest(65'535, 'x');
    const std::uint32_t number = levels.acquire(longest);
    CHECK(levels.find(longest) == number);
    CHECK(levels.find(longest.substr(1)) == long_levels::none);
}

TEST_CASE("many long levels come and go, the others are still found, and memory comes back") {
    const auto before = test::bytes_in_use();
    {
        long_levels levels{1};
        std::vector<std::uint32_t> numbers;
        for (std::size_t level = 0; level < 5'000; ++level) {
            numbers.push_back(levels.acquire(long_text(level)));
        }
        for (std::size_t level = 0; level < 5'000; level += 2) {
            levels.release(numbers[level]);
        }
        for (std::size_t level = 0; level < 5'000; ++level) {
            const std::uint32_t expected = level % 2 == 0 ? long_levels::none : numbers[level];
            REQUIRE(levels.find(long_text(level)) == expected);
        }
    }
    CHECK(test::bytes_in_use() == before);
}
