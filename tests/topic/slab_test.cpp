#include "counted_memory.hpp"
#include "random_topics.hpp"
#include "topic/slab.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <string>

using namespace lmqtt::topic;

TEST_CASE("objects of a slab keep their name, their place and their value") {
    slab<std::string, 64> strings;
    std::map<std::uint32_t, const std::string*> places;
    for (int number = 0; number < 1'000; ++number) {
        const std::uint32_t name = strings.emplace(std::to_string(number));
        REQUIRE(places.emplace(name, &strings[name]).second);
    }
    CHECK(strings.size() == 1'000);
    for (const auto& [name, place] : places) {
        REQUIRE(&strings[name] == place);
    }
}

TEST_CASE("a slab ends the life of objects it still holds") {
    const auto counted = std::make_shared<int>(1);
    {
        slab<std::shared_ptr<int>, 64> pointers;
        for (int number = 0; number < 100; ++number) {
            pointers.emplace(counted);
        }
        pointers.erase(3);
        pointers.erase(99);
        CHECK(counted.use_count() == 99);
    }
    CHECK(counted.use_count() == 1);
}

TEST_CASE("names are used again, and a chunk without objects gives its memory back") {
    const auto seed = Catch::rngSeed() + GENERATE(1U, 2U, 3U);
    INFO("seed " << seed);
    test::random_topics random{seed};
    const auto before = test::bytes_in_use();
    slab<std::uint64_t, 64> numbers;
    {
        std::map<std::uint32_t, std::uint64_t> model;
        for (std::uint64_t step = 0; step < 30'000; ++step) {
            const bool growing = step / 5'000 % 2 == 0;
            if (model.empty() || (growing ? !random.one_in(4) : random.one_in(4))) {
                const std::uint32_t name = numbers.emplace(step);
                REQUIRE(model.emplace(name, step).second);
            } else {
                auto victim = model.lower_bound(static_cast<std::uint32_t>(random.below(3'000)));
                victim = victim == model.end() ? model.begin() : victim;
                REQUIRE(numbers[victim->first] == victim->second);
                numbers.erase(victim->first);
                model.erase(victim);
            }
            REQUIRE(numbers.size() == model.size());
        }
        for (const auto& [name, value] : model) {
            REQUIRE(numbers[name] == value);
            numbers.erase(name);
        }
        // Names stay small: 30,000 objects went through, far fewer lived at once.
        CHECK(numbers.emplace(0U) == 0);
        numbers.erase(0);
    }
    CHECK(test::bytes_in_use() == before);
}
