// An outbox that comes back from a store.
#include "session/deliveries.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::session;
using namespace lmqtt::session::test;

namespace {

restored_place place(std::uint64_t id, std::uint64_t at, qos quality = qos1) {
    restored_place made;
    made.message = numbered_message(id);
    made.bytes = static_cast<std::uint32_t>(made.message->memory());
    made.expires_at_ms = made.message->expires_at_ms();
    made.message_id = id;
    made.at = at;
    made.quality = quality;
    return made;
}

restored_place beyond(restored_place made) {
    made.beyond = true;
    return made;
}

restored_place released(std::uint64_t id, std::uint64_t at) {
    restored_place made = place(id, at, qos2);
    made.message = {};
    made.bytes = 0;
    made.received = true;
    return made;
}

}  // namespace

TEST_CASE("places come back in their order, with their packet identifiers", "[restore]") {
    mailbox box;
    box.out.restore_sent_position(0);
    for (const std::uint64_t at : {65'536U, 65'533U, 65'535U, 65'534U}) {
        box.out.restore(place(at, at));
    }
    box.out.finish_restoring(0, box.now_ms);
    CHECK(box.out.size() == 4);
    CHECK(box.out.next_position() == 65'537);
    box.attach();
    for (const std::uint64_t at : {65'533U, 65'534U, 65'535U, 65'536U}) {
        const auto next = box.take();
        REQUIRE(next.has_value());
        CHECK(next->message->id() == at);
        CHECK(next->packet_id == at % 65'535 + 1);  // [MQTT-2.2.1-4]
        CHECK_FALSE(next->dup);
    }
}

TEST_CASE("what was sent is sent again as such, what was not is new [MQTT-3.3.1-1]", "[restore]") {
    mailbox box;
    box.out.restore_sent_position(12);
    for (const std::uint64_t at : {10U, 11U, 12U, 13U}) {
        box.out.restore(place(at, at));
    }

    SECTION("as far as somebody had noted it") {
        box.out.finish_restoring(0, box.now_ms);
        box.attach();
        for (const bool dup : {true, true, false, false}) {
            CHECK(box.take()->dup == dup);
        }
    }

    SECTION("and as far as nobody knows") {
        box.out.finish_restoring(3, box.now_ms);
        box.attach();
        for (const bool dup : {true, true, true, false}) {
            CHECK(box.take()->dup == dup);
        }
    }

    SECTION("which is no more than there is") {
        box.out.finish_restoring(100, box.now_ms);
        box.attach();
        for (int count = 0; count < 4; ++count) {
            CHECK(box.take()->dup);
        }
    }
}

TEST_CASE("a PUBREL that is owed hides nothing that was perhaps sent [MQTT-3.3.1-1]", "[restore]") {
    mailbox box;
    box.out.restore_sent_position(2);
    box.out.restore(released(1, 0));
    box.out.restore(released(2, 1));
    box.out.restore(place(3, 2));
    box.out.restore(place(4, 3));
    box.out.finish_restoring(1, box.now_ms);
    box.attach();
    CHECK(box.take()->message == nullptr);
    CHECK(box.take()->message == nullptr);
    CHECK(box.take()->dup);
    CHECK_FALSE(box.take()->dup);
}

TEST_CASE("places are sent in order: before one that was, all were", "[restore]") {
    mailbox box;
    box.out.restore_sent_position(0);
    box.out.restore(place(1, 0));
    box.out.restore(released(2, 1));
    box.out.restore(place(3, 2));
    box.out.finish_restoring(0, box.now_ms);
    box.attach();
    CHECK(box.take()->dup);
    const auto pubrel = box.take();
    CHECK(pubrel->message == nullptr);  // [MQTT-4.3.3-6]
    CHECK(pubrel->packet_id == 2);
    CHECK_FALSE(box.take()->dup);
    CHECK(box.out.pubcomp(2).value.has_value());
}

TEST_CASE("what comes later gets a place behind", "[restore]") {
    mailbox box;
    box.out.restore_sent_position(0);
    box.out.restore(place(1, 41));
    box.out.finish_restoring(0, box.now_ms);
    CHECK(box.out.next_position() == 42);
    box.push(2, qos1);
    box.attach();
    CHECK(box.take()->packet_id == 42);
    CHECK(box.take()->packet_id == 43);
}

TEST_CASE("an empty queue goes on where it was", "[restore]") {
    mailbox box;
    box.out.restore_sent_position(99);
    box.out.finish_restoring(10, box.now_ms);
    CHECK(box.out.next_position() == 99);
    CHECK(box.out.size() == 0);
    box.attach();
    CHECK_FALSE(box.take().has_value());
    box.push(1, qos1);
    CHECK(box.take()->packet_id == 100);
}

TEST_CASE("limits and expiry count what has come back", "[restore]") {
    mailbox box;
    box.limits.maximum_messages = 2;
    box.out.restore_sent_position(0);
    restored_place brief = place(1, 0);
    brief.message = numbered_message(1, box.now_ms + 1000);
    box.out.restore(std::move(brief));
    box.out.restore(place(2, 1));
    box.out.finish_restoring(0, box.now_ms);
    CHECK(box.out.bytes() >= 2 * 64);
    box.push(3, qos1);
    CHECK(box.dropped() == drops{{1, drop_reason::queue_full}});
    CHECK(box.out.size() == 2);
    box.attach();
    CHECK(box.take_all() == numbers{2, 3});
}

TEST_CASE("one message larger than the queue comes back as such", "[restore][beyond]") {
    mailbox box;
    const auto one = numbered_message(0)->memory();
    box.limits.maximum_bytes = one;
    box.limits.overflow = overflow_policy::drop_newest;
    box.out.restore_sent_position(0);
    box.out.restore(beyond(place(1, 0)));
    box.out.finish_restoring(0, box.now_ms);
    CHECK(box.out.bytes() == one);
    CHECK(box.push(2, qos1) == offer_verdict::queued);
    CHECK(box.push(3, qos1) == offer_verdict::dropped);
    box.attach();
    CHECK(box.take_all() == numbers{1, 2});
    CHECK(box.out.puback(2).value.has_value());  // the identifier of the place at 1
    CHECK(box.push(4, qos1) == offer_verdict::queued);
    CHECK(box.push(5, qos1) == offer_verdict::dropped);
}
