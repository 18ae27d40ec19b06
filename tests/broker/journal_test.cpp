#include "broker/journal.hpp"
#include "support/held_store.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using broker::journal;
using test::held_store;

namespace {

change::session_removed removal(std::uint64_t session_id) {
    return {session_id};
}

std::atomic<unsigned> late{0};  // shards

constexpr base::steady_time start{std::chrono::hours(1)};

}  // namespace

TEST_CASE("what is staged in one turn shares a ticket, and leaves as one batch", "[journal]") {
    held_store store;
    journal changes(store, 3, late);
    CHECK(changes.durable());
    CHECK(changes.last() == 0);
    CHECK(changes.next() == 1);
    CHECK(changes.stage(removal(10)) == 1);
    CHECK(changes.stage(removal(11)) == 1);
    CHECK(changes.last() == 1);
    changes.seal(start, [] {});
    CHECK(store.waiting() == 1);
    CHECK(store.submitted(3).size() == 2);
    CHECK(changes.last() == 1);
    CHECK(changes.next() == 2);
    CHECK(changes.stage(removal(12)) == 2);
    CHECK(store.submitted(3).size() == 2);
}

TEST_CASE("a turn without changes sends nothing and takes no ticket", "[journal]") {
    held_store store;
    journal changes(store, 0, late);
    changes.seal(start, [] { FAIL("nothing was sent"); });
    CHECK(store.waiting() == 0);
    CHECK(changes.next() == 1);
}

TEST_CASE("a ticket has committed when the store says so, which wakes the shard", "[journal]") {
    held_store store;
    journal changes(store, 0, late);
    int woken = 0;
    for (int turn = 0; turn < 2; ++turn) {
        changes.stage(removal(1));
        changes.seal(start, [&] { ++woken; });
    }
    CHECK(changes.committed() == 0);
    CHECK(store.commit(0));
    CHECK(changes.committed() == 1);
    CHECK(woken == 1);
    CHECK(store.commit(0));
    CHECK(changes.committed() == 2);
    CHECK(woken == 2);
}

TEST_CASE("a store may answer for a journal that is gone", "[journal]") {
    held_store store;
    {
        journal changes(store, 0, late);
        changes.stage(removal(1));
        changes.seal(start, [] {});
    }
    CHECK(store.commit(0));
}

TEST_CASE("with a store that keeps nothing there is nothing to wait for", "[journal]") {
    held_store store(false);
    journal changes(store, 0, late);
    CHECK_FALSE(changes.durable());
    CHECK(changes.stage(removal(1)) == 0);
    CHECK(changes.next() == 0);
    CHECK(changes.last() == 0);
    changes.seal(start, [] { FAIL("nothing was sent"); });
    CHECK(store.submitted(0).empty());
}

TEST_CASE("there is no room in a store that is full, if it keeps anything at all", "[journal]") {
    for (const bool durable : {true, false}) {
        held_store store(durable);
        const journal changes(store, 0, late);
        CHECK(changes.has_room());
        store.be(store_state::full);
        CHECK(changes.has_room() == !durable);
        store.be(store_state::failing);
        CHECK(changes.has_room());
    }
}

// Retained messages published at QoS 0 are among it: they are promised within a second.
TEST_CASE("what nobody waits for may linger, unless something urgent is with it", "[journal]") {
    held_store store;
    journal changes(store, 0, late);
    CHECK(changes.stage_lazily(removal(1)) == 1);
    changes.seal(start, [] {});
    CHECK(store.linger_of_newest() > std::chrono::milliseconds(0));
    CHECK(store.linger_of_newest() <= std::chrono::seconds(1));
    changes.stage(removal(2));
    changes.stage_lazily(removal(3));
    changes.seal(start, [] {});
    CHECK(store.linger_of_newest() == std::chrono::milliseconds(0));
}

TEST_CASE(
    "what is sent at once waits as long as receivers take, unless something urgent is with it",
    "[journal]"
) {
    held_store store;
    journal changes(store, 0, late);
    change::delivery_saved saved{};
    saved.session_id = 1;
    const auto send = [&](base::steady_time now) {
        changes.wait().sent(saved);
        changes.stage_briefly(saved);
        changes.seal(now, [] {});
    };
    send(start);
    CHECK(store.linger_of_newest() == std::chrono::milliseconds(0));
    changes.wait().acknowledged({0, 1, 0});
    changes.stage_lazily(removal(2));
    changes.seal(start + std::chrono::milliseconds(1), [] {});
    send(start + std::chrono::milliseconds(2));
    CHECK(store.linger_of_newest() == std::chrono::milliseconds(2));
    changes.stage(removal(2));
    send(start + std::chrono::milliseconds(3));
    CHECK(store.linger_of_newest() == std::chrono::milliseconds(0));
}

TEST_CASE("a store is behind when its log has become very long", "[journal]") {
    held_store store;
    const journal changes(store, 0, late);
    store.pretend_log(std::uint64_t{1} << 30U);
    CHECK_FALSE(changes.behind());
    store.pretend_log((std::uint64_t{1} << 30U) + 1);
    CHECK(changes.behind());
}

TEST_CASE("a store is behind when much waits for it", "[journal]") {
    held_store store;
    const journal changes(store, 0, late);
    CHECK_FALSE(changes.behind());
    store.pretend_pending(std::uint64_t{64} * 1024 * 1024 + 1);
    CHECK(changes.behind());
    store.pretend_pending(0);
    CHECK_FALSE(changes.behind());
}

TEST_CASE("a store is behind when one batch has waited for long", "[journal]") {
    using std::chrono::seconds;
    held_store store;
    journal changes(store, 0, late);
    changes.stage(removal(1));
    changes.seal(start, [] {});
    changes.look_at_age(start + seconds(1));
    CHECK_FALSE(changes.behind());
    changes.stage(removal(2));
    changes.seal(start + seconds(1), [] {});
    changes.look_at_age(start + seconds(2));
    CHECK(changes.behind());
    store.commit(0);
    changes.look_at_age(start + seconds(2));
    CHECK_FALSE(changes.behind());
    // Somebody always waits, but nobody for long.
    for (int second = 2; second < 10; ++second) {
        changes.stage(removal(3));
        changes.seal(start + seconds(second), [] {});
        changes.look_at_age(start + seconds(second));
        CHECK_FALSE(changes.behind());
        store.commit(0);
    }
}

TEST_CASE("whoever is late slows all shards down", "[journal]") {
    using std::chrono::seconds;
    held_store store;
    journal one(store, 0, late);
    const journal other(store, 1, late);
    one.stage(removal(1));
    one.seal(start, [] {});
    one.look_at_age(start + seconds(3));
    one.look_at_age(start + seconds(4));
    CHECK(other.behind());
    store.commit(0);
    one.look_at_age(start + seconds(5));
    CHECK_FALSE(other.behind());
}
