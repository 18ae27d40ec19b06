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

}  // namespace

TEST_CASE("what is staged in one turn shares a ticket, and leaves as one batch", "[journal]") {
    held_store store;
    journal changes(store, 3);
    CHECK(changes.durable());
    CHECK(changes.last() == 0);
    CHECK(changes.next() == 1);
    CHECK(changes.stage(removal(10)) == 1);
    CHECK(changes.stage(removal(11)) == 1);
    CHECK(changes.last() == 1);
    changes.seal([] {});
    CHECK(store.waiting() == 1);
    CHECK(store.submitted(3).size() == 2);
    CHECK(changes.last() == 1);
    CHECK(changes.next() == 2);
    CHECK(changes.stage(removal(12)) == 2);
    CHECK(store.submitted(3).size() == 2);
}

TEST_CASE("a turn without changes sends nothing and takes no ticket", "[journal]") {
    held_store store;
    journal changes(store, 0);
    changes.seal([] { FAIL("nothing was sent"); });
    CHECK(store.waiting() == 0);
    CHECK(changes.next() == 1);
}

TEST_CASE("a ticket has committed when the store says so, which wakes the shard", "[journal]") {
    held_store store;
    journal changes(store, 0);
    int woken = 0;
    for (int turn = 0; turn < 2; ++turn) {
        changes.stage(removal(1));
        changes.seal([&] { ++woken; });
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
        journal changes(store, 0);
        changes.stage(removal(1));
        changes.seal([] {});
    }
    CHECK(store.commit(0));
}

TEST_CASE("with a store that keeps nothing there is nothing to wait for", "[journal]") {
    held_store store(false);
    journal changes(store, 0);
    CHECK_FALSE(changes.durable());
    CHECK(changes.stage(removal(1)) == 0);
    CHECK(changes.next() == 0);
    CHECK(changes.last() == 0);
    changes.seal([] { FAIL("nothing was sent"); });
    CHECK(store.submitted(0).empty());
}

TEST_CASE("there is no room in a store that is full, if it keeps anything at all", "[journal]") {
    for (const bool durable : {true, false}) {
        held_store store(durable);
        const journal changes(store, 0);
        CHECK(changes.has_room());
        store.be(store_state::full);
        CHECK(changes.has_room() == !durable);
        store.be(store_state::failing);
        CHECK(changes.has_room());
    }
}
