#include "session/aliases.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using namespace lmqtt::session;

TEST_CASE("no alias is given to a client that allows none [MQTT-3.1.2-27]", "[aliases]") {
    outgoing_aliases none(0);
    CHECK(none.choose("a").alias == 0);
    CHECK_FALSE(none.choose("a").known);
}

TEST_CASE("a topic gets an alias at first, and goes without its name then", "[aliases]") {
    outgoing_aliases aliases(3);
    for (const auto* topic : {"a", "b", "c"}) {
        CHECK_FALSE(aliases.choose(topic).known);
    }
    std::uint16_t expected = 1;
    for (const auto* topic : {"a", "b", "c"}) {
        const auto chosen = aliases.choose(topic);
        CHECK(chosen.known);
        CHECK(chosen.alias == expected++);
    }
}

TEST_CASE("the oldest alias is given anew, first in, first out", "[aliases]") {
    outgoing_aliases aliases(2);
    CHECK(aliases.choose("a").alias == 1);
    CHECK(aliases.choose("b").alias == 2);
    CHECK(aliases.choose("a").known);  // used again, but not younger for it
    const auto third = aliases.choose("c");
    CHECK(third.alias == 1);
    CHECK_FALSE(third.known);
    const auto again = aliases.choose("a");
    CHECK(again.alias == 2);
    CHECK_FALSE(again.known);
    CHECK_FALSE(aliases.choose("b").known);
    CHECK_FALSE(aliases.choose("c").known);
}

TEST_CASE(
    "aliases stay within the maximum and mean what was said last [MQTT-3.1.2-26] [MQTT-3.3.2-11]",
    "[aliases]"
) {
    std::mt19937 random(3);
    for (const std::uint16_t maximum : std::initializer_list<std::uint16_t>{1, 2, 7, 65'535}) {
        outgoing_aliases aliases(maximum);
        std::map<std::uint16_t, std::string> at_client;
        for (int step = 0; step < 3'000; ++step) {
            const std::string topic = "topic/" + std::to_string(random() % 20);
            const auto chosen = aliases.choose(topic);
            if (chosen.known) {
                REQUIRE(at_client[chosen.alias] == topic);
            }
            at_client[chosen.alias] = topic;
            REQUIRE(chosen.alias >= 1);
            REQUIRE(chosen.alias <= maximum);
        }
    }
}
