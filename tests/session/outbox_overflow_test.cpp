// What a full outbox does: the seven rules, one by one, with a queue of five, and the other
// policies.
#include "session/deliveries.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::session;
using namespace lmqtt::session::test;
using namespace std::chrono_literals;

TEST_CASE("rule 1: a head in flight too long gives way first", "[overflow]") {
    mailbox box;
    box.limits.inflight_expiry = 30s;
    box.attach();
    box.push_all(1, 2, qos1);
    CHECK(box.take_all() == numbers{1, 2});
    box.out.detach();
    box.push_all(3, 5, qos1);
    box.now_ms += 29'999;
    CHECK(box.push(6, qos1) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{3, drop_reason::queue_full}});  // not yet
    box.now_ms += 1;
    CHECK(box.push(7, qos1) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{1, drop_reason::inflight_expired}});
    CHECK(box.out.size() == 5);
}

TEST_CASE("rule 1 frees the identifier and the place in the window", "[overflow]") {
    mailbox box;
    box.limits.inflight_expiry = 30s;
    box.limits.maximum_inflight = 5;
    box.attach();
    box.push_all(1, 5, qos1);
    CHECK(box.take_all().size() == 5);
    box.now_ms += 30'000;
    CHECK(box.push(6, qos1) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{1, drop_reason::inflight_expired}});
    CHECK(box.out.inflight() == 4);
    CHECK(box.take_all() == numbers{6});
    CHECK(box.out.puback(1).error == outbox::ack_error::unknown_packet_id);
}

TEST_CASE("rule 1 looks at the head alone, a PUBREL too", "[overflow]") {
    mailbox box;
    box.limits.inflight_expiry = 30s;
    box.attach();
    box.push(1, qos2);
    CHECK(box.take_all() == numbers{1});
    CHECK(box.out.pubrec(1, 0).value.has_value());
    box.push_all(2, 5, qos1);
    box.now_ms += 30'000;
    CHECK(box.push(6, qos1) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{1, drop_reason::inflight_expired}});
    CHECK(box.push(7, qos1) == offer_verdict::queued);  // the head waits: rule 6
    CHECK(box.dropped() == drops{{2, drop_reason::queue_full}});
}

TEST_CASE("rule 2: nothing waits, so the new message is dropped", "[overflow]") {
    mailbox box;
    box.attach();
    box.push_all(1, 5, qos1);
    CHECK(box.take_all().size() == 5);
    for (const qos quality : {qos0, qos1, qos2}) {
        CHECK(box.push(6, quality) == offer_verdict::dropped);
        CHECK(box.dropped() == drops{{6, drop_reason::queue_full}});
    }
    CHECK(box.out.size() == 5);
}

TEST_CASE("rule 3: the first waiting message that expired gives way", "[overflow]") {
    mailbox box;
    box.push(1, qos0);
    box.push(2, qos1);
    box.push(3, qos1, box.now_ms + 10);
    box.push(4, qos1, box.now_ms + 5);
    box.push(5, qos0, box.now_ms + 5);
    box.now_ms += 10;
    CHECK(box.push(6, qos0) == offer_verdict::queued);
    CHECK(box.push(7, qos1) == offer_verdict::queued);
    CHECK(box.push(8, qos1) == offer_verdict::queued);
    CHECK(
        box.dropped() ==
        drops{
            {3, drop_reason::message_expired},
            {4, drop_reason::message_expired},
            {5, drop_reason::message_expired},
        }
    );
    box.attach();
    CHECK(box.take_all() == numbers{1, 2, 6, 7, 8});
}

TEST_CASE("rule 3 leaves alone what was sent", "[overflow]") {
    mailbox box;
    box.attach();
    box.push(1, qos1, box.now_ms + 10);
    CHECK(box.take_all() == numbers{1});
    box.out.detach();
    box.push_all(2, 5, qos1);
    box.now_ms += 10;
    CHECK(box.push(6, qos1) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{2, drop_reason::queue_full}});
}

TEST_CASE("rule 4: the first waiting QoS 0 message gives way", "[overflow]") {
    mailbox box;
    box.push_all(1, 2, qos1);
    box.push_all(3, 4, qos0);
    box.push(5, qos1);
    CHECK(box.push(6, qos1) == offer_verdict::queued);
    CHECK(box.push(7, qos0) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{3, drop_reason::queue_full}, {4, drop_reason::queue_full}});
    box.attach();
    CHECK(box.take_all() == numbers{1, 2, 5, 6, 7});
}

TEST_CASE("rule 5: a new QoS 0 message drops no other", "[overflow]") {
    mailbox box;
    box.push_all(1, 5, qos1);
    CHECK(box.push(6, qos0) == offer_verdict::dropped);
    CHECK(box.dropped() == drops{{6, drop_reason::queue_full}});
}

TEST_CASE("rule 6: the oldest waiting message gives way", "[overflow]") {
    mailbox box;
    box.limits.maximum_inflight = 2;
    box.attach();
    box.push_all(1, 5, qos1);
    CHECK(box.take_all() == numbers{1, 2});
    CHECK(box.push(6, qos2) == offer_verdict::queued);
    CHECK(box.push(7, qos1) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{3, drop_reason::queue_full}, {4, drop_reason::queue_full}});
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.out.puback(2).value.has_value());
    CHECK(box.take_all() == numbers{5, 6});
}

TEST_CASE(
    "rule 7: while a client gets again what it had, the new message is dropped", "[overflow]"
) {
    mailbox box;
    box.limits.maximum_inflight = 2;
    box.attach();
    box.push_all(1, 5, qos1);
    CHECK(box.take_all() == numbers{1, 2});
    box.reattach();
    CHECK(box.push(6, qos1) == offer_verdict::dropped);
    CHECK(box.take()->message->id() == 1);
    CHECK(box.push(7, qos1) == offer_verdict::dropped);
    CHECK(box.take()->message->id() == 2);
    CHECK(box.push(8, qos1) == offer_verdict::queued);
    CHECK(
        box.dropped() ==
        drops{
            {6, drop_reason::queue_full},
            {7, drop_reason::queue_full},
            {3, drop_reason::queue_full}}
    );
}

TEST_CASE("of 1005 messages for 1000 places the first five are gone", "[overflow]") {
    mailbox box;
    box.limits.maximum_messages = 1'000;
    box.push_all(0, 1'004, qos1);
    CHECK(box.out.size() == 1'000);
    CHECK(box.dropped().size() == 5);
    box.attach();
    CHECK(box.take()->message->id() == 5);
}

TEST_CASE("a queue full of bytes gives way until there is room", "[overflow]") {
    mailbox box;
    const std::size_t one = numbered_message(0)->memory();
    box.limits.maximum_bytes = 5 * one;
    box.limits.maximum_messages = 100;
    box.push_all(1, 5, qos1);
    CHECK(box.out.size() == 5);
    box.push({.message = numbered_message(6, 0, 64 + one), .quality = qos1});
    CHECK(box.dropped() == drops{{1, drop_reason::queue_full}, {2, drop_reason::queue_full}});
    CHECK(box.out.bytes() == 5 * one);
}

TEST_CASE("a message too large for the whole queue drops no other", "[overflow]") {
    mailbox box;
    box.limits.maximum_bytes = 5 * numbered_message(0)->memory();
    box.limits.overflow = GENERATE(overflow_policy::drop_oldest, overflow_policy::drop_newest);
    box.push_all(1, 3, qos1);
    box.push(4, qos0);
    CHECK(
        box.push({.message = numbered_message(5, 0, 10'000), .quality = qos1}) ==
        offer_verdict::dropped
    );
    CHECK(box.dropped() == drops{{5, drop_reason::queue_full}});
    CHECK(box.out.size() == 4);
}

TEST_CASE("with drop_newest the new message gives way, but to what is worth less", "[overflow]") {
    mailbox box;
    box.limits.overflow = overflow_policy::drop_newest;
    box.push_all(1, 3, qos1);
    box.push(4, qos0);
    box.push(5, qos1, box.now_ms + 10);
    CHECK(box.push(6, qos0) == offer_verdict::dropped);
    CHECK(box.push(7, qos1) == offer_verdict::queued);
    CHECK(box.push(8, qos1) == offer_verdict::dropped);
    CHECK(
        box.dropped() ==
        drops{
            {6, drop_reason::queue_full},
            {4, drop_reason::queue_full},
            {8, drop_reason::queue_full}}
    );
    box.now_ms += 10;
    CHECK(box.push(9, qos0) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{5, drop_reason::message_expired}});
}

TEST_CASE(
    "with reject a message above QoS 0 is refused, so that its publisher is told", "[overflow]"
) {
    mailbox box;
    box.limits.overflow = overflow_policy::reject;
    box.push_all(1, 5, qos1);
    const auto one = numbered_message(0);
    CHECK(box.out.would_reject(*one, qos1, box.limits, box.now_ms));
    CHECK_FALSE(box.out.would_reject(*one, qos0, box.limits, box.now_ms));
    CHECK(box.push(6, qos1) == offer_verdict::rejected);
    CHECK(box.push(7, qos2) == offer_verdict::rejected);
    CHECK(box.push(8, qos0) == offer_verdict::dropped);
    CHECK(box.dropped().size() == 3);
    box.attach();
    CHECK(box.take()->message->id() == 1);
    CHECK(box.out.puback(1).value.has_value());
    CHECK_FALSE(box.out.would_reject(*one, qos1, box.limits, box.now_ms));
    CHECK(box.push(9, qos1) == offer_verdict::queued);
}

TEST_CASE("with reject a QoS 0 message gives way to what would be refused", "[overflow]") {
    mailbox box;
    box.limits.overflow = overflow_policy::reject;
    box.push_all(1, 4, qos1);
    box.push(5, qos0);
    CHECK_FALSE(box.out.would_reject(*numbered_message(0), qos1, box.limits, box.now_ms));
    CHECK(box.push(6, qos1) == offer_verdict::queued);
    CHECK(box.dropped() == drops{{5, drop_reason::queue_full}});
}

TEST_CASE("with reject nothing is refused that has room once the expired are gone", "[overflow]") {
    mailbox box;
    box.limits.overflow = overflow_policy::reject;
    box.limits.inflight_expiry = 30s;
    box.attach();
    box.push(1, qos1);
    CHECK(box.take_all() == numbers{1});
    box.push_all(2, 4, qos1);
    box.push(5, qos1, box.now_ms + 10);
    const auto one = numbered_message(0);
    CHECK(box.out.would_reject(*one, qos1, box.limits, box.now_ms));
    box.now_ms += 10;
    CHECK_FALSE(box.out.would_reject(*one, qos1, box.limits, box.now_ms));
    CHECK(box.push(6, qos1) == offer_verdict::queued);
    CHECK(box.out.would_reject(*one, qos1, box.limits, box.now_ms));
    box.now_ms += 30'000;
    CHECK_FALSE(box.out.would_reject(*one, qos1, box.limits, box.now_ms));
    CHECK(box.push(7, qos1) == offer_verdict::queued);
    CHECK(
        box.dropped() ==
        drops{{5, drop_reason::message_expired}, {1, drop_reason::inflight_expired}}
    );
}

TEST_CASE("with reject the bytes that would be given up count, too", "[overflow]") {
    mailbox box;
    box.limits.overflow = overflow_policy::reject;
    const std::size_t one = numbered_message(0)->memory();
    box.limits.maximum_bytes = 4 * one;
    box.push_all(1, 2, qos1);
    box.push_all(3, 4, qos0);
    const auto size_of = [&](std::size_t places) {
        return numbered_message(9, 0, 64 + (places - 1) * one);
    };
    CHECK_FALSE(box.out.would_reject(*size_of(2), qos1, box.limits, box.now_ms));
    CHECK(box.out.would_reject(*size_of(3), qos1, box.limits, box.now_ms));
    CHECK(box.push({.message = size_of(2), .quality = qos1}) == offer_verdict::queued);
    CHECK(box.out.size() == 3);
    CHECK(box.out.would_reject(*size_of(1), qos1, box.limits, box.now_ms));
}

TEST_CASE(
    "a full queue behind a message never acknowledged stays as large as what it holds", "[overflow]"
) {
    mailbox box;
    box.limits.maximum_messages = 100;
    box.limits.maximum_inflight = 3;
    box.attach();
    box.push_all(1, 3, qos1);
    CHECK(box.take_all() == numbers{1, 2, 3});
    CHECK(box.out.puback(2).value.has_value());
    box.out.detach();
    box.push(4, qos0, box.now_ms + 1'000'000);
    for (std::uint64_t id = 5; id < 5'000; ++id) {
        box.push(id, id % 10 == 0 ? qos0 : qos1);
    }
    CHECK(box.out.size() == 100);
    CHECK(box.out.slots() <= 256);
    // Whatever moved: identifiers are those given at first, in order.
    box.attach();
    std::uint16_t last = 0;
    std::size_t fresh = 0;
    while (const auto next = box.take()) {
        if (next->quality == qos0) {
            continue;
        }
        CHECK(next->packet_id > last);
        CHECK(next->dup == (next->packet_id == 1 || next->packet_id == 3));
        last = next->packet_id;
        if (!next->dup) {
            CHECK(next->message->id() > 4'000);
            CHECK(box.out.puback(last).value.has_value());
            ++fresh;
        }
    }
    CHECK(fresh > 80);
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.out.puback(3).value.has_value());
    CHECK(box.out.size() == 0);
}
