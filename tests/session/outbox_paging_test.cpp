#include "session/deliveries.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::session;
using namespace lmqtt::session::test;

namespace {

// Five messages of QoS 1 wait, and two of them may be sent at once.
mailbox five_waiting() {
    mailbox box;
    box.limits.maximum_inflight = 2;
    for (std::uint64_t id = 1; id <= 5; ++id) {
        box.push(id, qos1);
    }
    return box;
}

std::vector<std::uint64_t> ids(std::initializer_list<std::uint64_t> list) {
    return list;
}

}  // namespace

TEST_CASE("what is paged out keeps its place, its bytes and its packet id", "[outbox]") {
    mailbox box = five_waiting();
    const auto bytes = box.out.bytes();
    CHECK(box.out.page_out(1));
    CHECK_FALSE(box.out.page_out(1));
    CHECK(box.out.bytes() == bytes);
    CHECK(box.out.size() == 5);
    box.attach();
    CHECK(box.take()->packet_id == 1);
    CHECK_FALSE(box.take());
    REQUIRE(box.out.waits_for_page());
    CHECK(box.out.next_paged_out(10, 10'000) == ids({2}));
    box.page_in(ids({2}), {numbered_message(2)});
    CHECK_FALSE(box.out.waits_for_page());
    const auto next = box.take();
    REQUIRE(next);
    CHECK(next->packet_id == 2);
    CHECK(next->message->id() == 2);
    CHECK(box.dropped().empty());
}

TEST_CASE("what was sent, or belongs to a shared group, is not paged out", "[outbox]") {
    mailbox box = five_waiting();
    box.push({.message = numbered_message(6), .shared_by = 7, .quality = qos1});
    box.attach();
    box.take();
    CHECK_FALSE(box.out.page_out(0));
    CHECK_FALSE(box.out.page_out(5));
    CHECK_FALSE(box.out.page_out(6));
    CHECK(box.out.page_out(4));
}

TEST_CASE("pages come back as many as are asked for, at least one", "[outbox]") {
    mailbox box = five_waiting();
    for (outbox::position at = 0; at < 5; ++at) {
        box.out.page_out(at);
    }
    CHECK(box.out.next_paged_out(2, 1'000'000) == ids({1, 2}));
    CHECK(box.out.next_paged_out(5, 1) == ids({1}));
}

TEST_CASE("what the store has lost is dropped, counted, and holds nobody up", "[outbox]") {
    mailbox box = five_waiting();
    box.out.page_out(0);
    box.out.page_out(1);
    box.attach();
    CHECK_FALSE(box.take());
    box.page_in(ids({1, 2}), {numbered_message(2)});
    const std::vector<std::pair<std::uint64_t, drop_reason>> lost{{1, drop_reason::unreadable}};
    CHECK(box.dropped() == lost);
    CHECK(box.take()->message->id() == 2);
    CHECK(box.out.size() == 4);
}

TEST_CASE("an expired message is not fetched to be dropped", "[outbox]") {
    mailbox box;
    box.push({.message = numbered_message(1, box.now_ms + 10), .quality = qos1});
    box.push(2, qos1);
    box.out.page_out(0);
    box.attach();
    box.now_ms += 20;
    CHECK(box.take()->message->id() == 2);
    const std::vector<std::pair<std::uint64_t, drop_reason>> late{
        {1, drop_reason::message_expired}};
    CHECK(box.dropped() == late);
}

TEST_CASE("pages that come after their session has moved on do no harm", "[outbox]") {
    mailbox box = five_waiting();
    box.out.page_out(0);
    box.out.page_out(1);
    box.attach();
    const auto asked = box.out.next_paged_out(10, 10'000);
    box.reattach();
    drop_list drops;
    box.out.drain(drops);
    box.page_in(asked, {numbered_message(1), numbered_message(2)});
    CHECK(drops.size() == 5);
    CHECK(box.out.size() == 0);
}
