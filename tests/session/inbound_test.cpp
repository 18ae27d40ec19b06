#include "session/inbound.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>

using namespace lmqtt::session;

namespace {

std::vector<std::uint16_t> ids_in(const packet_id_set& set) {
    std::vector<std::uint16_t> ids;
    set.for_each([&](std::uint16_t id) { ids.push_back(id); });
    return ids;
}

}  // namespace

TEST_CASE("a packet identifier is in the set until it is taken out [MQTT-4.3.3-10]", "[inbound]") {
    packet_id_set set;
    CHECK(set.insert(7));
    CHECK_FALSE(set.insert(7));
    CHECK(set.contains(7));
    CHECK(set.size() == 1);
    CHECK(set.erase(7));
    CHECK_FALSE(set.erase(7));
    CHECK_FALSE(set.contains(7));
    CHECK(set.insert(7));
}

TEST_CASE("packet identifiers come and go as in any set, few or many", "[inbound]") {
    std::mt19937 random(17);
    for (const unsigned range : {4U, 9U, 100U, 65'535U}) {
        packet_id_set set;
        std::set<std::uint16_t> model;
        for (int step = 0; step < 5'000; ++step) {
            const auto id = static_cast<std::uint16_t>(random() % range + 1);
            const bool in = step / 500 % 2 == 0 ? random() % 3 != 0 : random() % 3 == 0;
            const bool changed = in ? set.insert(id) : set.erase(id);
            const bool expected = in ? model.insert(id).second : model.erase(id) == 1;
            if (changed != expected || set.size() != model.size() || set.contains(id) != in) {
                FAIL("differs at step " << step << " of " << range);
            }
        }
        const auto ids = ids_in(set);
        CHECK(std::set<std::uint16_t>(ids.begin(), ids.end()) == model);
        CHECK(ids.size() == model.size());
    }
}

TEST_CASE("every packet identifier there is fits in, the first and the last", "[inbound]") {
    packet_id_set set;
    for (std::uint32_t id = 1; id <= 65'535; ++id) {
        CHECK(set.insert(static_cast<std::uint16_t>(id)));
    }
    CHECK(set.size() == 65'535);
    CHECK(set.contains(1));
    CHECK(set.contains(65'535));
    CHECK_FALSE(set.contains(0));
    set.clear();
    CHECK(set.size() == 0);
    CHECK_FALSE(set.contains(1));
    CHECK(ids_in(set).empty());
}

TEST_CASE("a copied set of packet identifiers is a set of its own", "[inbound]") {
    for (const std::uint16_t count : std::initializer_list<std::uint16_t>{3, 30}) {
        packet_id_set first;
        for (std::uint16_t id = 1; id <= count; ++id) {
            first.insert(id);
        }
        packet_id_set second = first;
        CHECK(ids_in(second) == ids_in(first));
        second.erase(1);
        CHECK(first.contains(1));
        first = second;
        CHECK_FALSE(first.contains(1));
        CHECK(first.size() == count - 1U);
    }
}

TEST_CASE("an alias stands for the topic it was last given [MQTT-3.3.2-12]", "[inbound]") {
    incoming_aliases aliases;
    aliases.set(1, "a");
    aliases.set(5, "five");
    aliases.set(65'535, "last");
    CHECK(aliases.topic(1) == "a");
    CHECK(aliases.topic(5) == "five");
    CHECK(aliases.topic(65'535) == "last");
    aliases.set(1, "b");
    CHECK(aliases.topic(1) == "b");
}

TEST_CASE("an alias never given stands for nothing [X-PUB-3]", "[inbound]") {
    incoming_aliases aliases;
    CHECK(aliases.topic(1).empty());
    aliases.set(5, "five");
    for (const std::uint16_t alias : std::initializer_list<std::uint16_t>{0, 1, 4, 6, 65'535}) {
        CHECK(aliases.topic(alias).empty());
    }
}

TEST_CASE("the receive window counts what is unanswered [MQTT-3.3.4-7]", "[inbound]") {
    receive_window window;
    CHECK_FALSE(window.take());
    window.open(2);
    CHECK(window.take());
    CHECK(window.take());
    CHECK_FALSE(window.take());
    CHECK(window.used() == 2);
    window.give_back();
    CHECK(window.take());
    CHECK_FALSE(window.take());
    window.open(2);
    CHECK(window.used() == 0);
    window.give_back();  // an answer to what this connection did not ask
    CHECK(window.used() == 0);
    CHECK(window.take());
}
