#include "random_topics.hpp"
#include "topic/subscriber.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <vector>

using namespace lmqtt::topic;
using test::member;

TEST_CASE(
    "an array of subscribers finds each by its session, below and above the border of the index"
) {
    const auto count = GENERATE(1U, 2U, 64U, 65U, 66U, 5'000U);
    subscriber_array array;
    for (std::uint32_t session = 1; session <= count; ++session) {
        array.push_back(member(session));
    }
    CHECK(array.size() == count);
    for (std::uint32_t session = 1; session <= count; ++session) {
        REQUIRE(array[array.find(session)].session == session);
    }
    CHECK(array.find(0) == subscriber_array::nowhere);
    CHECK(array.find(count + 1) == subscriber_array::nowhere);
}

TEST_CASE("swapping two subscribers changes positions and nothing else") {
    const auto count = GENERATE(4U, 400U);
    subscriber_array array;
    for (std::uint32_t session = 0; session < count; ++session) {
        array.push_back(member(session));
    }
    array.swap(0, count - 1);
    array.swap(1, 1);
    CHECK(array.find(0) == count - 1);
    CHECK(array.find(count - 1) == 0);
    CHECK(array.find(1) == 1);
}

TEST_CASE("an array of subscribers behaves like a map whatever comes and goes") {
    const auto seed = Catch::rngSeed() + GENERATE(1U, 2U, 3U, 4U);
    INFO("seed " << seed);
    test::random_topics random{seed};
    subscriber_array array;
    std::map<std::uint64_t, std::uint32_t> model;
    // First mostly growing, then mostly shrinking: both borders are crossed in both directions.
    for (std::size_t step = 0; step < 6'000; ++step) {
        const std::uint64_t session = random.below(600) * 0x1'0000'0001;
        const bool growing = step / 1'000 % 2 == 0;
        const std::uint32_t position = array.find(session);
        REQUIRE((position != subscriber_array::nowhere) == (model.count(session) == 1));
        if (position == subscriber_array::nowhere && (growing || random.one_in(4))) {
            auto added = member(session);
            added.subscription_identifier = static_cast<std::uint32_t>(step);
            array.push_back(added);
            model[session] = added.subscription_identifier;
        } else if (position != subscriber_array::nowhere && (!growing || random.one_in(4))) {
            array.erase(position);
            model.erase(session);
        } else if (array.size() > 1) {
            array.swap(
                static_cast<std::uint32_t>(random.below(array.size())),
                static_cast<std::uint32_t>(random.below(array.size()))
            );
        }
        REQUIRE(array.size() == model.size());
    }
    for (const auto& [session, identifier] : model) {
        const std::uint32_t position = array.find(session);
        REQUIRE(position != subscriber_array::nowhere);
        CHECK(array[position].subscription_identifier == identifier);
    }
}
