#include "histories.hpp"
#include "sample_state.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/scratch.hpp"

#include <SQLiteCpp/Exception.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <set>
#include <sqlite3.h>
#include <stdexcept>
#include <thread>

using namespace lmqtt;
using persistence::sqlite_store;
using test::held_state;
using test::history;

namespace {

class store_files {
public:
    std::string database() const { return folder_.path("state.db").string(); }

    // What sqlite3 would print of one number.
    std::int64_t number(const std::string& sql) const { return test::number(database(), sql); }

private:
    test::scratch folder_;
};

// The tickets that were announced, of all shards.
class announced {
public:
    store::committed_notice notice(unsigned shard) {
        return [this, shard](ticket number) {
            const std::lock_guard held(mutex_);
            tickets_[shard].push_back(number);
        };
    }

    std::vector<ticket> of(unsigned shard) {
        const std::lock_guard held(mutex_);
        return tickets_[shard];
    }

private:
    std::mutex mutex_;
    std::map<unsigned, std::vector<ticket>> tickets_;
};

std::vector<ticket> up_to(ticket last) {
    std::vector<ticket> all;
    for (ticket each = 1; each <= last; ++each) {
        all.push_back(each);
    }
    return all;
}

change::session_saved new_session(std::uint64_t id, std::string client_id) {
    change::session_saved made{};
    made.session_id = id;
    made.client_id = std::move(client_id);
    made.version = protocol_version::v5_0;
    return made;
}

// Session 1 takes packet identifier 7 for message 50, if one other shard does its part.
std::vector<store_change> half_a_group() {
    std::vector<store_change> changes;
    changes.emplace_back(new_session(1, "publisher"));
    changes.emplace_back(change::packet_id_taken{1, 7, 50, 1});
    return changes;
}

}  // namespace

TEST_CASE("a place may be taken again in the transaction that frees it", "[sqlite]") {
    const store_files files;
    stored_message message;
    message.id = 1;
    message.topic = "t";
    const change::message_saved saved{message};
    const change::delivery_saved place{1, 1, 5, qos::at_most_once, false, {}, {}, false};
    {
        held_state nothing;
        sqlite_store store({.path = files.database()});
        store.recover(nothing);
        store.submit(0, {.number = 1, .changes = {new_session(1, "c"), saved, place}}, [](ticket) {
        });
        CHECK(store.flush());
    }
    {
        held_state found;
        sqlite_store store({.path = files.database()});
        store.recover(found);
        CHECK(found.queue.size() == 1);
        const change::delivery_removed removed{1, 1, 5};
        store.submit(0, {.number = 1, .changes = {removed, saved, place}}, [](ticket) {});
        CHECK(store.flush());
    }
    CHECK(files.number("SELECT count(*) FROM queue JOIN messages ON id=message_id") == 1);
}

TEST_CASE("places that go together take none of another message with them", "[sqlite]") {
    const store_files files;
    held_state nothing;
    sqlite_store store({.path = files.database()});
    store.recover(nothing);
    std::vector<store_change> made{new_session(1, "c")};
    for (const std::uint64_t id : {1U, 2U}) {
        stored_message message;
        message.id = id;
        message.topic = "t";
        made.emplace_back(change::message_saved{message});
    }
    // Of the second message there is a copy with QoS 1, and one with QoS 0 behind it.
    made.emplace_back(change::delivery_saved{2, 1, 5, qos::at_least_once, false, {}, {}, false});
    made.emplace_back(change::delivery_saved{1, 1, 5, qos::at_most_once, false, {}, {}, false});
    made.emplace_back(change::delivery_saved{2, 1, 6, qos::at_most_once, false, {}, {}, false});
    store.submit(0, {.number = 1, .changes = std::move(made)}, [](ticket) {});
    const change::delivery_removed first{1, 1, 5};
    store.submit(
        0, {.number = 2, .changes = {first, change::delivery_removed{2, 1, 6}}}, [](ticket) {}
    );
    REQUIRE(store.flush());
    CHECK(files.number("SELECT position FROM queue WHERE message_id=2") == 5);
    CHECK(files.number("SELECT count(*) FROM queue") == 1);
}

TEST_CASE("what comes back equals what was there, field by field", "[sqlite]") {
    const auto seed = GENERATE(range(1U, 9U));
    CAPTURE(seed);
    const store_files files;
    history told(seed);
    announced tickets;
    ticket last = 0;
    for (int opened = 0; opened < 4; ++opened) {
        sqlite_store store({.path = files.database()});
        held_state found;
        store.recover(found);
        REQUIRE(found.text() == told.state().text());
        for (int turns = 0; turns < 60; ++turns) {
            store.submit(0, {.number = ++last, .changes = told.turn()}, tickets.notice(0));
            if (turns % 7 == 0) {
                CHECK(store.flush());
            }
        }
        CHECK(store.flush());
    }
    CHECK(tickets.of(0) == up_to(last));
    sqlite_store store({.path = files.database()});
    held_state found;
    store.recover(found);
    CHECK(found.text() == told.state().text());
}

TEST_CASE("nothing is left of what is over", "[sqlite]") {
    const store_files files;
    history told(77);
    sqlite_store store({.path = files.database()});
    held_state nothing;
    store.recover(nothing);
    for (ticket number = 1; number <= 200; ++number) {
        store.submit(0, {.number = number, .changes = told.turn()}, [](ticket) {});
        CHECK(store.flush());
    }
    std::set<std::uint64_t> bodies;
    for (const auto& [where, each] : told.state().queue) {
        if (each.message) {
            bodies.insert(each.message->id);
        }
    }
    for (const auto& [topic, each] : told.state().kept) {
        bodies.insert(each.id);
    }
    CHECK(
        files.number("SELECT count(*) FROM messages") == static_cast<std::int64_t>(bodies.size())
    );
    CHECK(
        files.number("SELECT count(*) FROM queue") ==
        static_cast<std::int64_t>(told.state().queue.size())
    );
}

TEST_CASE("the highest numbers come back, so that none is given twice", "[sqlite]") {
    const store_files files;
    const auto session = new_session(41, "c");
    stored_message message;
    message.id = 99;
    message.topic = "t";
    {
        sqlite_store store({.path = files.database()});
        held_state nothing;
        const recovered fresh = store.recover(nothing);
        CHECK(fresh.last_message_id == 0);
        std::vector<store_change> changes;
        changes.emplace_back(session);
        changes.emplace_back(change::message_saved{message});
        changes.emplace_back(change::delivery_saved{
            99, 41, 5, qos::at_least_once, false, {}, {}, false});
        store.submit(0, {.number = 1, .changes = std::move(changes)}, [](ticket) {});
        CHECK(store.flush());
    }
    sqlite_store store({.path = files.database()});
    held_state found;
    const recovered highest = store.recover(found);
    CHECK(highest.last_message_id == 99);
    CHECK(highest.last_session_id == 41);
    CHECK(files.number("SELECT packet_id FROM v_queue") == 6);
}

TEST_CASE("a batch that cancels itself never touches the disk, and is announced", "[sqlite]") {
    const store_files files;
    std::vector<std::string> moments;
    announced tickets;
    sqlite_store store({.path = files.database()}, [&](std::string_view moment) {
        moments.emplace_back(moment);
    });
    held_state nothing;
    store.recover(nothing);
    std::vector<store_change> changes;
    stored_message message;
    message.id = 1;
    changes.emplace_back(change::message_saved{message});
    changes.emplace_back(change::delivery_saved{1, 1, 0, qos::at_least_once, false, {}, {}, false});
    changes.emplace_back(change::delivery_removed{1, 1, 0});
    store.submit(0, {.number = 1, .changes = std::move(changes)}, tickets.notice(0));
    CHECK(store.flush());
    CHECK(tickets.of(0) == up_to(1));
    CHECK(moments == std::vector<std::string>{"before_release", "after_release"});
    CHECK(store.pending_bytes() == 0);
}

// Whoever wanted to hear it is on the way to be destroyed.
TEST_CASE("nothing is announced after a flush that failed, even if it is written", "[sqlite]") {
    const store_files files;
    std::atomic<bool> broken = true;
    std::promise<void> written;
    announced tickets;
    {
        sqlite_store store(
            {.path = files.database(), .flush_patience = std::chrono::milliseconds(1)},
            [&](std::string_view moment) {
                if (moment == "before_begin" && broken) {
                    throw SQLite::Exception("no room", SQLITE_FULL);
                }
                if (moment == "after_commit") {
                    written.set_value();
                }
            }
        );
        held_state nothing;
        store.recover(nothing);
        stored_message message;
        message.id = 1;
        message.topic = "a";
        std::vector<store_change> changes;
        changes.emplace_back(change::retained_saved{message});
        store.submit(0, {.number = 1, .changes = std::move(changes)}, tickets.notice(0));
        CHECK_FALSE(store.flush());
        broken = false;
        written.get_future().wait();
    }
    CHECK(tickets.of(0).empty());
}

TEST_CASE("a ticket of one shard waits for another's part of a group", "[sqlite]") {
    const store_files files;
    announced tickets;
    sqlite_store store({.path = files.database()});
    held_state nothing;
    store.recover(nothing);
    store.submit(0, {.number = 1, .changes = half_a_group()}, tickets.notice(0));
    std::vector<store_change> unrelated;
    unrelated.emplace_back(new_session(2, "other"));
    store.submit(1, {.number = 1, .changes = std::move(unrelated)}, tickets.notice(1));
    while (tickets.of(1).empty()) {
        std::this_thread::yield();
    }
    CHECK(tickets.of(0).empty());
    CHECK(files.number("SELECT count(*) FROM packet_ids_taken") == 0);
    std::vector<store_change> other_part;
    other_part.emplace_back(change::deliveries_linked{50});
    store.submit(1, {.number = 2, .changes = std::move(other_part)}, tickets.notice(1));
    CHECK(store.flush());
    CHECK(tickets.of(0) == up_to(1));
    CHECK(tickets.of(1) == up_to(2));
    CHECK(files.number("SELECT count(*) FROM packet_ids_taken") == 1);
}

// Its client has come back with a clean start, say, while other shards were still at work.
TEST_CASE("a group may outlive the session whose packet identifier it takes", "[sqlite]") {
    const store_files files;
    announced tickets;
    sqlite_store store({.path = files.database()});
    held_state nothing;
    store.recover(nothing);
    store.submit(0, {.number = 1, .changes = half_a_group()}, tickets.notice(0));
    std::vector<store_change> end;
    end.emplace_back(change::session_removed{1});
    store.submit(0, {.number = 2, .changes = std::move(end)}, tickets.notice(0));
    std::vector<store_change> other_part;
    other_part.emplace_back(change::deliveries_linked{50});
    store.submit(1, {.number = 1, .changes = std::move(other_part)}, tickets.notice(1));
    CHECK(store.flush());
    CHECK(tickets.of(0) == up_to(2));
    CHECK(tickets.of(1) == up_to(1));
    CHECK(files.number("SELECT count(*) FROM packet_ids_taken") == 0);
}

TEST_CASE("messages are read back by id, without those that are gone", "[sqlite]") {
    const store_files files;
    sqlite_store store({.path = files.database()});
    held_state nothing;
    store.recover(nothing);
    stored_message message;
    message.id = 3;
    message.topic = "t";
    message.payload = std::string(5000, 'x');
    message.retain = true;
    std::vector<store_change> changes;
    changes.emplace_back(change::retained_saved{message});
    std::promise<void> committed;
    store.submit(0, {.number = 1, .changes = std::move(changes)}, [&](ticket) {
        committed.set_value();
    });
    committed.get_future().wait();
    std::promise<std::vector<stored_message>> read;
    store.fetch({2, 3}, [&](std::vector<stored_message> found) {
        read.set_value(std::move(found));
    });
    const auto found = read.get_future().get();
    REQUIRE(found.size() == 1);
    CHECK(found.front() == message);
}

TEST_CASE("nobody is told anything any more after the flush", "[sqlite]") {
    const store_files files;
    std::atomic<bool> told = false;
    std::atomic<bool> fails = true;
    {
        sqlite_store store(
            {.path = files.database(), .flush_patience = std::chrono::milliseconds(0)},
            [&](std::string_view moment) {
                if (moment == "before_begin" && fails) {
                    throw SQLite::Exception("no", SQLITE_IOERR);
                }
            }
        );
        held_state nothing;
        store.on_state([&](store_state state, std::string_view) {
            told = told || state == store_state::working;
        });
        store.recover(nothing);
        std::vector<store_change> changes;
        changes.emplace_back(change::retained_removed{"t", 1});
        store.submit(0, {.number = 1, .changes = std::move(changes)}, [&](ticket) { told = true; });
        CHECK_FALSE(store.flush());
        store.fetch({1}, [&](std::vector<stored_message>) { told = true; });
        fails = false;
    }
    CHECK_FALSE(told);
}

TEST_CASE("a second store on the same file is refused", "[sqlite]") {
    const store_files files;
    sqlite_store store({.path = files.database()});
    held_state nothing;
    store.recover(nothing);
    sqlite_store second({.path = files.database()});
    CHECK_THROWS_WITH(second.recover(nothing), Catch::Contains("another lmqttd is using it"));
}

TEST_CASE("no folder, no file", "[sqlite]") {
    sqlite_store store({.path = "/nonexistent-folder/state.db"});
    held_state nothing;
    CHECK_THROWS_WITH(store.recover(nothing), Catch::Contains("/nonexistent-folder/state.db"));
}
