// A message larger than the whole queue: sent to a client that is there, one at a time, and no
// burden to the others.
#include "session/deliveries.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::session;
using namespace lmqtt::session::test;

namespace {

// Its queue has bytes for so many small messages.
class beyond_box : public mailbox {
public:
    static constexpr std::uint64_t places = 4;

    beyond_box() {
        limits.maximum_messages = 100;
        limits.maximum_bytes = places * numbered_message(0)->memory();
    }

    static mqtt::routed_message_ptr large(std::uint64_t id) {
        return numbered_message(id, 0, 10'000);
    }

    offer_verdict push_large(std::uint64_t id, qos quality) {
        return push({.message = large(id), .quality = quality});
    }
};

}  // namespace

TEST_CASE("a connected client is sent a message larger than its queue", "[beyond]") {
    beyond_box box;
    box.limits.overflow = GENERATE(
        overflow_policy::drop_oldest, overflow_policy::drop_newest, overflow_policy::reject
    );
    const qos quality = GENERATE(qos0, qos1, qos2);
    box.attach();
    CHECK_FALSE(box.out.would_reject(*box.large(1), quality, box.limits, box.now_ms));
    CHECK(box.push_large(1, quality) == offer_verdict::queued);
    CHECK(box.take_all() == numbers{1});
    CHECK(box.dropped().empty());
}

TEST_CASE("it is no matter that others wait, or that the window is full", "[beyond]") {
    beyond_box box;
    box.limits.maximum_inflight = 1;
    box.attach();
    box.push_all(1, 2, qos1);
    CHECK(box.take_all() == numbers{1});
    CHECK(box.push_large(3, qos1) == offer_verdict::queued);
    CHECK(box.out.puback(1).value.has_value());
    CHECK(box.take_all() == numbers{2});
    CHECK(box.out.puback(2).value.has_value());
    CHECK(box.take_all() == numbers{3});
}

TEST_CASE("nobody who is away has a place for such a message", "[beyond]") {
    beyond_box box;
    box.limits.overflow = GENERATE(overflow_policy::drop_oldest, overflow_policy::reject);
    const bool rejects = box.limits.overflow == overflow_policy::reject;
    box.attach();
    box.out.detach();
    CHECK(box.out.would_reject(*box.large(1), qos1, box.limits, box.now_ms) == rejects);
    CHECK(box.push_large(1, qos1) == (rejects ? offer_verdict::rejected : offer_verdict::dropped));
    CHECK(box.push_large(2, qos0) == offer_verdict::dropped);
    CHECK(box.dropped() == drops{{1, drop_reason::queue_full}, {2, drop_reason::queue_full}});
}

TEST_CASE("there is one such message at a time, until it is acknowledged", "[beyond]") {
    beyond_box box;
    box.limits.overflow = overflow_policy::reject;
    box.attach();
    box.push_large(1, qos2);
    CHECK(box.take_all() == numbers{1});
    CHECK(box.out.would_reject(*box.large(2), qos1, box.limits, box.now_ms));
    CHECK(box.push_large(2, qos1) == offer_verdict::rejected);
    CHECK(box.push_large(3, qos0) == offer_verdict::dropped);
    CHECK(box.dropped() == drops{{2, drop_reason::queue_full}, {3, drop_reason::queue_full}});
    SECTION("PUBREC is enough") {
        CHECK(box.out.pubrec(1, 0).value.has_value());
    }
    SECTION("so is a PUBREC that refuses it") {
        CHECK(box.out.pubrec_refused(1).value.has_value());
    }
    SECTION("or the end of everything") {
        drop_list all;
        box.out.drain(all);
        CHECK(all.size() == 1);
    }
    CHECK(box.push_large(4, qos1) == offer_verdict::queued);
    CHECK(box.take_all().back() == 4);
}

TEST_CASE("a message larger than the queue takes no bytes from others", "[beyond]") {
    beyond_box box;
    box.limits.overflow = GENERATE(overflow_policy::drop_newest, overflow_policy::reject);
    box.attach();
    box.push_large(1, qos1);
    CHECK(box.take_all() == numbers{1});
    const auto one = numbered_message(0);
    for (std::uint64_t id = 2; id < 2 + beyond_box::places; ++id) {
        CHECK_FALSE(box.out.would_reject(*one, qos1, box.limits, box.now_ms));
        CHECK(box.push(id, qos1) == offer_verdict::queued);
    }
    CHECK(box.push(99, qos1) != offer_verdict::queued);
    CHECK(box.out.bytes() == box.large(1)->memory() + beyond_box::places * one->memory());
}

TEST_CASE("giving it up makes no room in bytes for others", "[beyond]") {
    beyond_box box;
    box.limits.overflow = overflow_policy::reject;
    box.attach();
    box.push_all(1, beyond_box::places, qos1);
    box.push_large(50, qos0);
    CHECK(box.out.would_reject(*numbered_message(0), qos1, box.limits, box.now_ms));
    CHECK(box.push(51, qos1) == offer_verdict::rejected);
}
