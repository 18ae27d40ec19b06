#include "broker/pager.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::broker;

namespace {

constexpr std::size_t kept_at_head = 100;
constexpr ticket all_committed = 1'000'000;

mqtt::routed_message_ptr message(std::uint64_t id) {
    return mqtt::make_routed_message({.topic = "t", .payload = std::string(1'000, 'p'), .id = id});
}

// Queues with the session as a broker does, and tells the pager.
void queue(pager& pages, session::session& to, const mqtt::routed_message_ptr& what, ticket by) {
    const session::outbox_limits limits{
        .maximum_messages = 1'000'000,
        .maximum_bytes = 1'000'000'000,
        .maximum_inflight = 1,
        .inflight_expiry = {},
        .overflow = overflow_policy::drop_oldest,
    };
    session::drop_list drops;
    const auto at = to.out.next_position();
    to.out.push({.message = what, .quality = qos::at_least_once}, limits, 0, drops);
    pages.queued(to, at, *what, by);
}

// The positions that go, one after the other.
std::vector<session::outbox::position>
surplus(pager& pages, std::uint64_t most, ticket committed = all_committed) {
    std::vector<session::outbox::position> gone;
    while (const auto next = pages.surplus(most, committed)) {
        gone.push_back(next->at);
    }
    return gone;
}

}  // namespace

TEST_CASE("the head of a queue is never paged out", "[pager]") {
    pager pages;
    session::session one;
    for (std::uint64_t id = 1; id <= kept_at_head; ++id) {
        queue(pages, one, message(id), 1);
    }
    CHECK(pages.held_bytes() == 0);
    CHECK(surplus(pages, 0).empty());
    queue(pages, one, message(101), 1);
    CHECK(pages.held_bytes() > 1'000);
    CHECK(surplus(pages, 0) == std::vector<session::outbox::position>{kept_at_head});
    CHECK(pages.held_bytes() == 0);
}

TEST_CASE("the oldest go first, and only as many as are too many", "[pager]") {
    pager pages;
    session::session one;
    for (std::uint64_t id = 1; id <= kept_at_head + 10; ++id) {
        queue(pages, one, message(id), 1);
    }
    const std::uint64_t each = pages.held_bytes() / 10;
    CHECK(surplus(pages, 8 * each) == std::vector<session::outbox::position>{100, 101});
    CHECK(pages.held_bytes() == 8 * each);
    CHECK(surplus(pages, 8 * each).empty());
}

TEST_CASE("what the store does not have yet stays", "[pager]") {
    pager pages;
    session::session one;
    for (std::uint64_t id = 1; id <= kept_at_head + 4; ++id) {
        queue(pages, one, message(id), id);
    }
    CHECK(surplus(pages, 0, 102) == std::vector<session::outbox::position>{100, 101});
    CHECK(surplus(pages, 0, 104) == std::vector<session::outbox::position>{102, 103});
}

TEST_CASE("a message for many is counted once, and gone when it is gone for all", "[pager]") {
    pager pages;
    std::vector<session::session> all(3);
    for (std::uint64_t id = 1; id <= kept_at_head + 2; ++id) {
        const auto shared = message(id);
        for (auto& each : all) {
            queue(pages, each, shared, 1);
        }
    }
    const std::uint64_t both = pages.held_bytes();
    CHECK(both > 2 * 1'000 + 6 * sizeof(pager::place));
    CHECK(both < 2 * 1'200 + 6 * sizeof(pager::place));
    CHECK(surplus(pages, both / 2) == std::vector<session::outbox::position>{100, 100, 100});
    CHECK(pages.held_bytes() == both / 2);
}
