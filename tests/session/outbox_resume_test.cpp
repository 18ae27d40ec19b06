// What a client that comes back gets again, and what its acknowledgements end.
#include "session/deliveries.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::session;
using namespace lmqtt::session::test;

TEST_CASE(
    "a client that comes back gets what it did not acknowledge again, in order, with DUP and the "
    "same identifiers [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.3.2-3] [MQTT-4.3.3-3]",
    "[outbox]"
) {
    mailbox box;
    box.limits.maximum_messages = 10;
    box.attach();
    box.push_all(1, 3, qos1);
    box.push(4, qos2);
    CHECK(box.take_all().size() == 4);
    CHECK(box.out.puback(2).value.has_value());
    box.out.detach();
    CHECK_FALSE(box.take().has_value());
    box.push(5, qos1);
    box.push(6, qos0);
    box.attach();
    for (const std::uint64_t id : {1U, 3U, 4U}) {
        const auto next = box.take();
        REQUIRE(next.has_value());
        CHECK(next->message->id() == id);
        CHECK(next->packet_id == id);
        CHECK(next->dup);
    }
    const auto fresh = box.take();
    CHECK(fresh->message->id() == 5);
    CHECK_FALSE(fresh->dup);
    CHECK(box.take_all() == numbers{6});
}

TEST_CASE("nothing is sent again while the client stays [MQTT-4.4.0-1]", "[outbox]") {
    mailbox box;
    box.attach();
    box.push(1, qos1);
    box.push(2, qos2);
    CHECK(box.take_all() == numbers{1, 2});
    box.now_ms += 1'000'000'000;
    CHECK(box.take_all().empty());
    CHECK(box.out.pubrec(2, 0).value.has_value());
    CHECK(box.take_all().empty());
}

TEST_CASE(
    "what is sent again counts in the window of the new connection [MQTT-3.3.4-9]", "[outbox]"
) {
    mailbox box;
    box.attach();
    box.push_all(1, 4, qos1);
    CHECK(box.take_all().size() == 4);
    box.terms.receive_maximum = 2;
    box.reattach();
    CHECK(box.out.inflight() == 0);
    CHECK(box.take_all() == numbers{1, 2});
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.take_all() == numbers{3});
    CHECK(box.out.inflight() == 2);
}

TEST_CASE(
    "after PUBREC the PUBREL is sent again, never the PUBLISH [MQTT-4.3.3-6] [MQTT-4.4.0-1] "
    "[MQTT-4.3.3-5]",
    "[outbox]"
) {
    mailbox box;
    box.attach();
    box.push_all(1, 3, qos2);
    CHECK(box.take_all().size() == 3);
    CHECK(box.out.pubrec(2, 0).value.has_value());
    for (int again = 0; again < 2; ++again) {
        box.reattach();
        CHECK(box.take()->message->id() == 1);
        const auto pubrel = box.take();
        REQUIRE(pubrel.has_value());
        CHECK(pubrel->message == nullptr);
        CHECK(pubrel->packet_id == 2);
        CHECK(box.take()->message->id() == 3);
    }
    CHECK(box.out.pubcomp(2).value.has_value());
    box.reattach();
    CHECK(box.take_all() == numbers{1, 3});
}

TEST_CASE(
    "a PUBREL sent again takes no place in the window, which counts PUBLISH alone", "[outbox]"
) {
    mailbox box;
    box.attach();
    box.push_all(1, 2, qos2);
    CHECK(box.take_all().size() == 2);
    CHECK(box.out.pubrec(1, 0).value.has_value());
    box.terms.receive_maximum = 1;
    box.reattach();
    CHECK(box.take_all() == numbers{0, 2});
    CHECK(box.out.inflight() == 1);
    CHECK(box.out.pubcomp(1).value.has_value());
    CHECK(box.out.inflight() == 1);
}

TEST_CASE(
    "a refused message is done with: not sent again [MQTT-4.4.0-2] [MQTT-4.3.3-4]", "[outbox]"
) {
    mailbox box;
    box.attach();
    box.push(1, qos1);
    box.push(2, qos2);
    CHECK(box.take_all().size() == 2);
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.out.pubrec_refused(2).value.has_value());
    box.reattach();
    CHECK(box.take_all().empty());
    CHECK(box.out.size() == 0);
}

TEST_CASE("acknowledgements tell what they acknowledged", "[outbox]") {
    mailbox box;
    box.attach();
    box.push(11, qos1);
    box.push(12, qos2);
    CHECK(box.take_all().size() == 2);
    const auto done = box.out.puback(1).value;
    CHECK(done->message_id == 11);
    CHECK(done->message->id() == 11);
    CHECK(box.out.pubrec(2, 0).value->message->id() == 12);
    const auto again = box.out.pubrec(2, 0).value;  // a PUBREC repeated is answered again
    REQUIRE(again.has_value());
    CHECK(again->message_id == 12);
    const auto completed = box.out.pubcomp(2).value;
    CHECK(completed->message_id == 12);
    CHECK_FALSE(completed->message);
}

TEST_CASE(
    "acknowledgements of the wrong kind are told from those of nothing, and change nothing "
    "[X-QOS-1]",
    "[outbox]"
) {
    using error = outbox::ack_error;
    mailbox box;
    box.attach();
    box.push(1, qos1);
    box.push(2, qos2);
    box.push(3, qos2);
    box.push(4, qos1);
    box.push(5, qos0);
    box.terms.receive_maximum = 3;
    box.reattach();
    CHECK(box.take_all() == numbers{1, 2, 3, 5});
    CHECK(box.out.pubrec(3, 0).value.has_value());
    const auto wrong = [](const auto& result, error expected) {
        return !result.value && result.error == expected;
    };
    CHECK(wrong(box.out.puback(2), error::wrong_phase));
    CHECK(wrong(box.out.puback(3), error::wrong_phase));
    CHECK(wrong(box.out.pubrec(1, 0), error::wrong_phase));
    CHECK(wrong(box.out.pubrec_refused(1), error::wrong_phase));
    CHECK(wrong(box.out.pubrec_refused(3), error::wrong_phase));
    CHECK(wrong(box.out.pubcomp(1), error::wrong_phase));
    CHECK(wrong(box.out.pubcomp(2), error::wrong_phase));
    for (const std::uint16_t id :
         std::initializer_list<std::uint16_t>{0, 4, 5, 6, 65'535}) {  // 4 was never sent
        CHECK(wrong(box.out.puback(id), error::unknown_packet_id));
        CHECK(wrong(box.out.pubrec(id, 0), error::unknown_packet_id));
        CHECK(wrong(box.out.pubcomp(id), error::unknown_packet_id));
    }
    CHECK(box.out.size() == 4);
    CHECK(box.out.puback(1).value.has_value());
    CHECK(wrong(box.out.puback(1), error::unknown_packet_id));
    CHECK(box.out.pubcomp(3).value.has_value());
    CHECK(wrong(box.out.pubcomp(3), error::unknown_packet_id));
}

TEST_CASE(
    "identifiers go round at 65535 and skip those in use [MQTT-2.2.1-4] [MQTT-4.3.2-1] "
    "[MQTT-4.3.3-1]",
    "[outbox]"
) {
    mailbox box;
    box.attach();
    for (std::uint64_t sent = 0; sent < 70'000; ++sent) {
        const std::uint16_t expected = box.out.packet_id_of(box.out.next_position());
        box.push(sent, qos1);
        const auto next = box.take();
        if (next->packet_id != expected || expected != sent % 65'535 + 1) {
            FAIL("message " << sent << " has identifier " << next->packet_id);
        }
        if (!box.out.puback(next->packet_id).value) {
            FAIL("no acknowledgement of message " << sent);
        }
    }
}

TEST_CASE("an identifier that is never acknowledged is passed over [MQTT-2.2.1-4]", "[outbox]") {
    mailbox box;
    box.attach();
    box.push_all(1, 2, qos1);
    box.push(3, qos2);
    CHECK(box.take_all().size() == 3);
    CHECK(box.out.pubrec(3, 0).value.has_value());
    std::uint16_t last = 3;
    for (std::uint64_t id = 4; id < 135'000; ++id) {
        const std::uint16_t announced = box.out.packet_id_of(box.out.next_position());
        box.push(id, qos1);
        const auto next = box.take();
        if (!next || next->packet_id != announced ||
            next->packet_id != (last == 65'535 ? 4 : last + 1)) {
            FAIL("message " << id << " after identifier " << last);
        }
        last = next->packet_id;
        if (!box.out.puback(last).value) {
            FAIL("no acknowledgement of message " << id);
        }
    }
    CHECK(box.out.slots() < 16);
    CHECK(box.out.puback(1).value->message_id == 1);
    CHECK(box.out.puback(2).value->message_id == 2);
    CHECK(box.out.pubcomp(3).value->message_id == 3);
    CHECK(box.out.size() == 0);
}

TEST_CASE(
    "with many identifiers in use a message waits until its own is free [MQTT-2.2.1-4]", "[outbox]"
) {
    mailbox box;
    box.limits.maximum_messages = 100'000;
    box.limits.maximum_bytes = 100'000'000;
    box.limits.maximum_inflight = 65'535;
    box.attach();
    const auto message = numbered_message(1);
    const auto send_next = [&] {
        box.push({.message = message, .quality = qos1});
        return box.take();
    };
    for (std::uint32_t sent = 0; sent < 40'000; ++sent) {
        if (!send_next()) {
            FAIL("message " << sent << " waits");
        }
    }
    for (std::uint32_t passed = 40'000; passed < 65'535; ++passed) {
        if (!box.out.puback(send_next()->packet_id).value) {
            FAIL("no acknowledgement of message " << passed);
        }
    }
    CHECK_FALSE(send_next().has_value());
    CHECK(box.out.puback(2).value.has_value());
    CHECK_FALSE(box.take().has_value());
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.take()->packet_id == 1);
    CHECK(send_next()->packet_id == 2);
    CHECK_FALSE(send_next().has_value());
}

TEST_CASE("a PUBREL sent again waits until its PUBREC is stored [MQTT-4.3.3-6]", "[outbox]") {
    mailbox box;
    box.attach();
    box.push(1, qos2);
    CHECK(box.take_all() == numbers{1});
    CHECK(box.out.pubrec(1, 7).value.has_value());
    box.committed = 6;
    box.reattach();
    CHECK(box.take_all().empty());
    CHECK(box.out.waits_for_commit(6));
    box.committed = 7;
    CHECK(box.take_all() == numbers{0});
}
