#include "session/deliveries.hpp"
#include "session/outbox.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::session;
using namespace lmqtt::session::test;

TEST_CASE(
    "what is pushed is taken in order, first with DUP 0 [MQTT-4.3.2-2] [MQTT-4.3.3-2] "
    "[MQTT-4.6.0-6]",
    "[outbox]"
) {
    mailbox box;
    box.push_all(1, 2, qos1);
    box.push(3, qos2);
    CHECK_FALSE(box.take().has_value());
    box.attach();
    for (const std::uint64_t id : {1U, 2U, 3U}) {
        const auto next = box.take();
        REQUIRE(next.has_value());
        CHECK(next->message->id() == id);
        CHECK(next->packet_id == id);
        CHECK(next->quality == (id == 3 ? qos2 : qos1));
        CHECK_FALSE(next->dup);
    }
    CHECK_FALSE(box.take().has_value());
    CHECK(box.out.size() == 3);
    CHECK(box.out.inflight() == 3);
}

TEST_CASE(
    "QoS 0 leaves the queue when it is taken, without packet identifier [MQTT-4.3.1-1] "
    "[MQTT-2.2.1-2]",
    "[outbox]"
) {
    mailbox box;
    box.attach();
    box.push(1, qos0);
    const auto next = box.take();
    REQUIRE(next.has_value());
    CHECK(next->packet_id == 0);
    CHECK_FALSE(next->dup);
    CHECK(box.out.size() == 0);
    CHECK(box.out.bytes() == 0);
    CHECK(next->message->payload().size() == 64);  // it lives as long as what was taken
}

TEST_CASE("a message keeps its options until it is taken", "[outbox]") {
    mailbox box;
    box.attach();
    for (const qos quality : {qos0, qos1}) {
        box.push({
            .message = numbered_message(1),
            .subscription_identifiers = std::make_unique<identifier_list>(identifier_list{3, 7}),
            .quality = quality,
            .retain = true,
        });
        const auto next = box.take();
        REQUIRE(next.has_value());
        CHECK(next->retain);
        REQUIRE(next->subscription_identifiers != nullptr);
        CHECK(*next->subscription_identifiers == identifier_list{3, 7});
    }
}

TEST_CASE(
    "the window is what client and broker both allow [MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2]",
    "[outbox]"
) {
    mailbox box;
    box.limits.maximum_messages = 100;
    const auto [client, broker] = GENERATE(
        std::pair<std::uint16_t, std::uint16_t>{3, 100},
        std::pair<std::uint16_t, std::uint16_t>{100, 3},
        std::pair<std::uint16_t, std::uint16_t>{3, 3}
    );
    box.terms.receive_maximum = client;
    box.limits.maximum_inflight = broker;
    box.attach();
    box.push_all(1, 6, qos1);
    CHECK(box.take_all() == numbers{1, 2, 3});
    CHECK(box.out.puback(2).value.has_value());
    CHECK(box.take_all() == numbers{4});
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.out.puback(4).value.has_value());
    CHECK(box.take_all() == numbers{5, 6});
    CHECK(box.out.inflight() == 3);
}

TEST_CASE(
    "a QoS 2 message takes its place in the window until PUBCOMP [MQTT-3.3.4-9]", "[outbox]"
) {
    mailbox box;
    box.terms.receive_maximum = 1;
    box.attach();
    box.push_all(1, 2, qos2);
    CHECK(box.take_all() == numbers{1});
    CHECK(box.out.pubrec(1, 0).value.has_value());
    CHECK(box.take_all().empty());
    CHECK(box.out.pubcomp(1).value.has_value());
    CHECK(box.take_all() == numbers{2});
    CHECK(box.out.pubrec_refused(2).value.has_value());
    CHECK(box.out.size() == 0);
    CHECK(box.out.inflight() == 0);
}

TEST_CASE("QoS 0 passes by a full window [MQTT-3.3.4-10] [MQTT-4.9.0-3]", "[outbox]") {
    mailbox box;
    box.terms.receive_maximum = 1;
    box.attach();
    box.push_all(1, 2, qos1);
    box.push(3, qos0);
    CHECK(box.take_all() == numbers{1, 3});
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.take_all() == numbers{2});
}

TEST_CASE("QoS 0 and others leave in the order they came while the window is open", "[outbox]") {
    mailbox box;
    box.limits.maximum_messages = 10;
    box.attach();
    box.push(1, qos0);
    box.push(2, qos1);
    box.push(3, qos0);
    box.push(4, qos2);
    box.push(5, qos0);
    CHECK(box.take_all() == numbers{1, 2, 3, 4, 5});
}

TEST_CASE("a message that expires before it is sent is dropped [MQTT-3.3.2-5]", "[outbox]") {
    mailbox box;
    box.push(1, qos1, box.now_ms + 1'000);
    box.push(2, qos0, box.now_ms + 1'000);
    box.push(3, qos1, box.now_ms + 1'001);
    box.now_ms += 1'000;
    box.attach();
    CHECK(box.take_all() == numbers{3});
    CHECK(
        box.dropped() == drops{{1, drop_reason::message_expired}, {2, drop_reason::message_expired}}
    );
    CHECK(box.out.size() == 1);
}

TEST_CASE(
    "a message that was sent does not expire any more [MQTT-4.3.3-7] [MQTT-4.3.3-13]", "[outbox]"
) {
    mailbox box;
    box.attach();
    box.push(1, qos1, box.now_ms + 1'000);
    box.push(2, qos2, box.now_ms + 1'000);
    box.push(3, qos2, box.now_ms + 1'000);
    CHECK(box.take_all().size() == 3);
    CHECK(box.out.pubrec(3, 0).value.has_value());
    box.now_ms += 5'000;
    box.reattach();
    CHECK(box.take_all() == numbers{1, 2, 0});
    CHECK(box.out.pubrec(2, 0).value.has_value());
    CHECK(box.out.pubcomp(2).value.has_value());
    CHECK(box.out.pubcomp(3).value.has_value());
    CHECK(box.dropped().empty());
}

TEST_CASE(
    "what is too large for the client is dropped as if it had been sent [MQTT-3.1.2-24] "
    "[MQTT-3.1.2-25]",
    "[outbox]"
) {
    mailbox box;
    const auto small = numbered_message(2);
    const auto size =
        mqtt::encoded_size(*small, {.packet_id = 2, .quality = qos1}, protocol_version::v5_0);
    box.terms.maximum_packet_size = static_cast<std::uint32_t>(size);
    box.terms.receive_maximum = 1;
    box.attach();
    box.push({.message = numbered_message(1, 0, 65), .quality = qos1});
    box.push({.message = small, .quality = qos1});
    box.push({.message = numbered_message(3, 0, 67), .quality = qos0});
    box.push({.message = numbered_message(4, 0, 66), .quality = qos0}
    );  // two bytes less of identifier
    CHECK(box.take_all() == numbers{2, 4});
    CHECK(
        box.dropped() ==
        drops{
            {1, drop_reason::exceeds_maximum_packet_size},
            {3, drop_reason::exceeds_maximum_packet_size}}
    );
    CHECK(box.out.inflight() == 1);
    CHECK(box.out.puback(2).value.has_value());
    CHECK(box.out.size() == 0);
}

TEST_CASE(
    "what fitted a client is dropped if it comes back with less room [MQTT-3.1.2-24]", "[outbox]"
) {
    mailbox box;
    box.attach();
    box.push(1, qos1);
    CHECK(box.take_all() == numbers{1});
    box.terms.maximum_packet_size = 20;
    box.reattach();
    CHECK(box.take_all().empty());
    CHECK(box.dropped() == drops{{1, drop_reason::exceeds_maximum_packet_size}});
    CHECK(box.out.size() == 0);
}

TEST_CASE("QoS 2 waits until it is stored, and so does what came after it", "[outbox]") {
    mailbox box;
    box.committed = 4;
    box.attach();
    box.push({.message = numbered_message(1), .committed_by = 9, .quality = qos1});
    box.push({.message = numbered_message(2), .committed_by = 5, .quality = qos2});
    box.push({.message = numbered_message(3), .committed_by = 3, .quality = qos1});
    box.push({.message = numbered_message(4), .quality = qos0});
    CHECK(box.take_all() == numbers{1, 4});
    CHECK(box.out.waits_for_commit(4));
    CHECK_FALSE(box.out.waits_for_commit(5));
    box.committed = 5;
    CHECK(box.take_all() == numbers{2, 3});
    CHECK_FALSE(box.out.waits_for_commit(5));
}

TEST_CASE("what waits for the store is known behind a place that was given up", "[outbox]") {
    mailbox box;
    box.committed = 4;
    box.limits.maximum_messages = 3;
    box.attach();
    box.push(1, qos1);
    CHECK(box.take_all() == numbers{1});
    box.push(2, qos1, box.now_ms + 1);
    box.push({.message = numbered_message(3), .committed_by = 5, .quality = qos2});
    box.now_ms += 2;
    box.push({.message = numbered_message(4), .committed_by = 5, .quality = qos2});
    CHECK(box.dropped() == drops{{2, drop_reason::message_expired}});
    CHECK(box.out.waits_for_commit(4));
}

TEST_CASE("bytes and messages are counted while they are held", "[outbox]") {
    mailbox box;
    const std::size_t one = numbered_message(1)->memory();
    box.push(1, qos1);
    box.push(2, qos2);
    box.push(3, qos0);
    CHECK(box.out.bytes() == 3 * one);
    box.attach();
    CHECK(box.take_all().size() == 3);
    CHECK(box.out.bytes() == 2 * one);
    CHECK(box.out.pubrec(2, 0).value.has_value());
    CHECK(box.out.bytes() == one);
    CHECK(box.out.size() == 2);
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.out.pubcomp(2).value.has_value());
    CHECK(box.out.bytes() == 0);
    CHECK(box.out.size() == 0);
}

TEST_CASE("the next message goes out at once while it finds a place in the window", "[outbox]") {
    mailbox box;
    box.limits.maximum_messages = 100;
    box.limits.maximum_inflight = 2;
    CHECK_FALSE(box.out.sends_next_at_once());  // nobody is there
    box.attach();
    CHECK(box.out.sends_next_at_once());
    box.push(1, qos1);
    CHECK(box.out.sends_next_at_once());
    box.push(2, qos1);
    CHECK_FALSE(box.out.sends_next_at_once());
    const auto first = box.take();
    box.take();
    CHECK_FALSE(box.out.sends_next_at_once());
    box.out.puback(first->packet_id);
    CHECK(box.out.sends_next_at_once());
    box.out.detach();
    CHECK_FALSE(box.out.sends_next_at_once());
}
