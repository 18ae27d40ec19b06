// What acknowledgements change, in both directions.
#include "guest.hpp"

#include <variant>

using namespace lmqtt;
using namespace lmqtt::broker::test;
using acknowledged = lmqtt::broker::broker::acknowledged;

namespace {

using strings = std::vector<std::string>;

// A publisher and a reader of "t", whose session lasts if there is a store.
struct pair {
    shards world;
    guest publisher{world, 0, "p"};
    guest reader{world, 0, "r"};

    explicit pair(bool durable = false, std::uint16_t window = 100)
        : world(1, durable) {
        publisher.connect({.expiry_seconds = 100});
        reader.connect({.expiry_seconds = 100, .receive_maximum = window});
        reader.subscribe("t");
        world.commit();
        publisher.read();
        reader.read();
    }

    received sent(std::string_view payload, qos quality) {
        publisher.publish("t", payload, quality);
        world.commit();
        const auto seen = reader.read();
        REQUIRE(seen.size() == 1);
        return seen.front();
    }

    template <class Change>
    std::size_t stored() const {
        std::size_t number = 0;
        for (const auto& each : world.store.submitted(0)) {
            number += std::holds_alternative<Change>(each) ? 1U : 0U;
        }
        return number;
    }
};

}  // namespace

TEST_CASE("a PUBACK ends a delivery and makes room in the window [MQTT-4.3.2-3]", "[acknowledge]") {
    pair with(GENERATE(false, true), 1);
    const auto first = with.sent("1", qos1);
    with.publisher.publish("t", "2", qos1);
    CHECK(with.reader.read().empty());
    CHECK(with.reader.puback(first.packet_id) == acknowledged::done);
    CHECK(with.reader.payloads() == strings{"2"});
    CHECK(with.reader.puback(first.packet_id) == acknowledged::unknown_packet_id);
    with.world.commit();
    CHECK(with.stored<change::delivery_removed>() == (with.world.store.durable() ? 1 : 0));
}

TEST_CASE("an acknowledgement of the wrong kind is an error", "[acknowledge]") {
    pair with;
    const auto one = with.sent("1", qos1);
    const auto two = with.sent("2", qos2);
    CHECK(with.reader.pubrec(one.packet_id) == acknowledged::protocol_error);
    CHECK(with.reader.pubcomp(one.packet_id) == acknowledged::protocol_error);
    CHECK(with.reader.puback(two.packet_id) == acknowledged::protocol_error);
    CHECK(with.reader.pubcomp(two.packet_id) == acknowledged::protocol_error);
    CHECK(with.reader.pubrec(77) == acknowledged::unknown_packet_id);
}

TEST_CASE(
    "PUBREC is answered with PUBREL once it is stored, PUBCOMP ends it [MQTT-4.3.3-5] "
    "[MQTT-4.3.3-6]",
    "[acknowledge]"
) {
    pair with(true, 1);
    const auto first = with.sent("1", qos2);
    with.publisher.publish("t", "2", qos2);
    with.world.commit();
    CHECK(with.reader.pubrec(first.packet_id) == acknowledged::done);
    CHECK(with.reader.read().empty());
    with.world.commit();
    const auto pubrel = with.reader.read();
    REQUIRE(pubrel.size() == 1);
    CHECK(pubrel.front().type == packet_type::pubrel);
    CHECK(pubrel.front().packet_id == first.packet_id);
    CHECK(with.stored<change::delivery_received>() == 1);
    CHECK(with.stored<change::delivery_removed>() == 0);
    CHECK(with.reader.pubcomp(first.packet_id) == acknowledged::done);
    CHECK(with.reader.payloads() == strings{"2"});
    CHECK(with.stored<change::delivery_removed>() == 1);
}

TEST_CASE("a client that comes back after PUBREC gets the PUBREL [MQTT-4.4.0-1]", "[acknowledge]") {
    pair with(true);
    const auto sent = with.sent("1", qos2);
    with.reader.pubrec(sent.packet_id);
    with.reader.leave();
    with.reader.connect({.clean_start = false, .expiry_seconds = 100});
    with.world.commit();
    const auto seen = with.reader.read();
    REQUIRE(seen.size() == 2);
    CHECK(seen.at(1).type == packet_type::pubrel);
    CHECK(seen.at(1).packet_id == sent.packet_id);
}

TEST_CASE("what a client refuses is over, counted and told [MQTT-4.3.3-4]", "[acknowledge]") {
    pair with(GENERATE(false, true));
    strings dropped;
    with.world.listeners.message_dropped = [&](auto client_id, const auto& message, auto why) {
        dropped.push_back(
            std::string(client_id) + std::string(message.payload()) +
            std::string(session::text_of(why))
        );
    };
    const auto one = with.sent("1", qos1);
    const auto two = with.sent("2", qos2);
    auto& home = with.reader.home();
    const std::int64_t now = with.world.now_ms;
    CHECK(home.refuse(with.reader.state(), {qos1, one.packet_id}, now) == acknowledged::done);
    CHECK(home.refuse(with.reader.state(), {qos2, two.packet_id}, now) == acknowledged::done);
    CHECK(dropped == strings{"r1refused_by_client", "r2refused_by_client"});
    CHECK(home.numbers().dropped_refused_by_client.value() == 2);
    CHECK(with.reader.state().out.size() == 0);
    CHECK(with.reader.read().empty());
}

TEST_CASE("what is withdrawn counts as sent and acknowledged", "[acknowledge]") {
    pair with(true);
    auto& home = with.reader.home();
    for (const qos quality : {qos0, qos1, qos2}) {
        with.publisher.publish("t", "x", quality);
        home.changes().seal({}, [] {});
        with.world.store.commit_all();
        home.on_committed();
        const auto next = home.take(with.reader.state(), with.world.now_ms);
        REQUIRE(next.has_value());
        home.withdraw(with.reader.state(), *next);
        CHECK(with.reader.state().out.size() == 0);
    }
    with.world.commit();
    CHECK(with.stored<change::delivery_saved>() == with.stored<change::delivery_removed>());
    CHECK(home.numbers().dropped() == 0);
}

TEST_CASE(
    "a QoS 2 identifier is taken until PUBREL, and PUBCOMP waits for the store [MQTT-4.3.3-10] "
    "[MQTT-4.3.3-11]",
    "[acknowledge]"
) {
    pair with(true);
    with.publisher.publish("t", "1", qos2, 5);
    with.publisher.publish("t", "again", qos2, 5);
    CHECK(with.publisher.read().empty());
    with.world.commit();
    CHECK(with.publisher.read().size() == 2);
    CHECK(with.reader.payloads() == strings{"1"});
    with.publisher.pubrel(5);
    CHECK(with.publisher.read().empty());
    with.world.commit();
    CHECK(with.publisher.read().front().reason == reason_code::success);
    with.publisher.pubrel(5);
    CHECK(with.publisher.read().front().reason == reason_code::packet_identifier_not_found);
    with.publisher.publish("t", "2", qos2, 5);
    with.world.commit();
    CHECK(with.reader.payloads() == strings{"2"});
    CHECK(with.stored<change::packet_id_taken>() == 2);
    CHECK(with.stored<change::packet_id_freed>() == 1);
}

TEST_CASE(
    "identifiers of a publisher that stays are its own on every connection", "[acknowledge]"
) {
    pair with;
    with.publisher.publish("t", "1", qos2, 5);
    with.publisher.leave();
    with.publisher.connect({.clean_start = false, .expiry_seconds = 100});
    with.publisher.publish("t", "again", qos2, 5);
    CHECK(with.reader.payloads() == strings{"1"});
}
