#include "store/pending_changes.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace lmqtt;
using persistence::pending_changes;

namespace {

stored_message message(std::uint64_t id, std::string topic = "t") {
    stored_message made;
    made.id = id;
    made.topic = std::move(topic);
    return made;
}

change::delivery_saved delivery(std::uint64_t message, std::uint64_t session, std::uint64_t at) {
    return {message, session, at, qos::at_least_once, false, {}, {}, false};
}

change::delivery_saved linked(std::uint64_t message, std::uint64_t session, std::uint64_t at) {
    change::delivery_saved made = delivery(message, session, at);
    made.linked = true;
    return made;
}

// What is left, as words: the kind of each change by its place in the variant.
template <class Kind>
std::size_t count(const pending_changes& pending) {
    std::size_t found = 0;
    pending.for_each([&](const store_change& each) { found += std::holds_alternative<Kind>(each); }
    );
    return found;
}

template <class... Changes>
std::vector<std::uint64_t> add(pending_changes& to, Changes&&... changes) {
    std::vector<store_change> batch;
    (batch.emplace_back(std::forward<Changes>(changes)), ...);
    return to.add(std::move(batch));
}

}  // namespace

TEST_CASE("a delivery that is acknowledged before it is written leaves nothing", "[pending]") {
    pending_changes pending;
    add(pending, change::message_saved{message(1)}, delivery(1, 10, 0));
    CHECK(pending.size() == 2);
    add(pending, change::delivery_removed{1, 10, 0});
    CHECK(pending.empty());
}

TEST_CASE("a linked delivery brings its message, whatever became of its row", "[pending]") {
    pending_changes pending;
    add(pending, change::message_saved{message(1)}, linked(1, 10, 0));
    pending.clear();  // written, and removed again: a retained one may be replaced meanwhile
    add(pending, change::packet_id_taken{20, 7, 1, 1}, change::deliveries_linked{1});
    CHECK(count<change::message_saved>(pending) == 1);
    CHECK(count<change::delivery_saved>(pending) == 1);
}

TEST_CASE("a QoS 2 exchange that is over leaves nothing either", "[pending]") {
    pending_changes pending;
    add(pending, change::message_saved{message(1)}, delivery(1, 10, 0));
    add(pending, change::delivery_received{1, 10, 0}, change::delivery_removed{1, 10, 0});
    CHECK(pending.empty());
}

TEST_CASE("a message stays while one delivery of it is left", "[pending]") {
    pending_changes pending;
    add(pending, change::message_saved{message(1)}, delivery(1, 10, 0), delivery(1, 11, 0));
    add(pending, change::delivery_removed{1, 10, 0});
    CHECK(count<change::message_saved>(pending) == 1);
    CHECK(count<change::delivery_saved>(pending) == 1);
}

TEST_CASE("two deliveries of one message to one session are told apart", "[pending]") {
    pending_changes pending;
    add(pending, change::message_saved{message(1)}, delivery(1, 10, 0), delivery(1, 10, 1));
    add(pending, change::delivery_removed{1, 10, 1});
    pending.for_each([](const store_change& each) {
        if (const auto* const saved = std::get_if<change::delivery_saved>(&each)) {
            CHECK(saved->position == 0);
        }
    });
    CHECK(count<change::delivery_saved>(pending) == 1);
}

TEST_CASE("what was written already must be removed by a statement", "[pending]") {
    pending_changes pending;
    add(pending, change::message_saved{message(1)}, delivery(1, 10, 0));
    pending.clear();
    add(pending, change::delivery_removed{1, 10, 0});
    CHECK(count<change::delivery_removed>(pending) == 1);
}

TEST_CASE("two shards save one message once", "[pending]") {
    pending_changes pending;
    add(pending, change::message_saved{message(1)}, delivery(1, 10, 0));
    add(pending, change::message_saved{message(1)}, delivery(1, 11, 0));
    CHECK(count<change::message_saved>(pending) == 1);
    add(pending, change::delivery_removed{1, 10, 0}, change::delivery_removed{1, 11, 0});
    CHECK(pending.empty());
    add(pending, change::message_saved{message(1)}, delivery(1, 12, 0));
    CHECK(count<change::message_saved>(pending) == 1);
}

TEST_CASE("of a retained message the last one is written", "[pending]") {
    pending_changes pending;
    add(pending, change::retained_saved{message(1, "a")}, change::retained_saved{message(2, "b")});
    add(pending, change::retained_saved{message(3, "a")});
    std::vector<std::uint64_t> ids;
    pending.for_each([&](const store_change& each) {
        ids.push_back(std::get<change::retained_saved>(each).message.id);
    });
    CHECK(ids == std::vector<std::uint64_t>{2, 3});
    add(pending, change::retained_removed{"a", 4});
    CHECK(count<change::retained_removed>(pending) == 1);
    CHECK(pending.size() == 2);
}

TEST_CASE(
    "of what two shards retain at once the later is written, come what may first", "[pending]"
) {
    pending_changes pending;

    SECTION("messages") {
        add(pending, change::retained_saved{message(5, "a")});
        add(pending, change::retained_saved{message(4, "a")});
        REQUIRE(count<change::retained_saved>(pending) == 1);
        pending.for_each([](const store_change& each) {
            CHECK(std::get<change::retained_saved>(each).message.id == 5);
        });
    }

    SECTION("a message after its removal, already written") {
        add(pending, change::retained_removed{"a", 5});
        pending.clear();
        add(pending, change::retained_saved{message(4, "a")});
        CHECK(pending.empty());
        add(pending, change::retained_saved{message(6, "a")});
        CHECK(count<change::retained_saved>(pending) == 1);
    }

    SECTION("a removal after the message that came behind it, already written") {
        add(pending, change::retained_saved{message(5, "a")});
        pending.clear();
        add(pending, change::retained_removed{"a", 4});
        CHECK(pending.empty());
        add(pending, change::retained_removed{"b", 4});
        CHECK(count<change::retained_removed>(pending) == 1);
    }
}

TEST_CASE("a session is written in its first place with its last state", "[pending]") {
    pending_changes pending;
    change::session_saved session{};
    session.session_id = 10;
    session.receive_maximum = 1;
    add(pending, session, change::subscription_saved{10, {"a", {}, 0}});
    session.receive_maximum = 2;
    add(pending, session);
    CHECK(pending.size() == 2);
    bool first = true;
    pending.for_each([&](const store_change& each) {
        if (std::exchange(first, false)) {
            CHECK(std::get<change::session_saved>(each).receive_maximum == 2);
        }
    });
}

TEST_CASE("a packet identifier that is taken and freed leaves nothing", "[pending]") {
    pending_changes pending;
    add(pending, change::packet_id_taken{10, 7}, change::packet_id_freed{10, 7});
    CHECK(pending.empty());
    add(pending, change::packet_id_freed{10, 7}, change::packet_id_taken{10, 7});
    CHECK(pending.size() == 2);
}

TEST_CASE("drops of one session and reason become one number", "[pending]") {
    pending_changes pending;
    add(pending, change::drops_counted{1, "queue_full", 1, 10});
    add(pending, change::drops_counted{1, "queue_full", 2, 20}, change::drops_counted{2, "x", 1, 5}
    );
    CHECK(pending.size() == 2);
    std::vector<std::uint64_t> counts;
    pending.for_each([&](const store_change& each) {
        counts.push_back(std::get<change::drops_counted>(each).count);
    });
    CHECK(counts == std::vector<std::uint64_t>{3, 1});
}

TEST_CASE("a group is written when its last shard has spoken, in any order", "[pending]") {
    for (const bool publisher_first : {true, false}) {
        pending_changes pending;
        const auto publishers_part = [&] {
            return add(pending, linked(1, 10, 0), change::packet_id_taken{20, 7, 1, 2});
        };
        if (publisher_first) {
            CHECK(publishers_part() == std::vector<std::uint64_t>{1});
        }
        CHECK(
            add(pending, linked(1, 11, 0), change::deliveries_linked{1}) ==
            std::vector<std::uint64_t>{1}
        );
        CHECK(pending.is_open(1));
        CHECK(pending.empty());
        add(pending, change::deliveries_linked{1});
        if (!publisher_first) {
            CHECK(pending.empty());
            publishers_part();
        }
        CHECK_FALSE(pending.is_open(1));
        CHECK(count<change::delivery_saved>(pending) == 2);
        CHECK(count<change::packet_id_taken>(pending) == 1);
    }
}

TEST_CASE("an open group outlives the writing of the rest", "[pending]") {
    pending_changes pending;
    add(pending, linked(1, 10, 0), change::packet_id_taken{20, 7, 1, 1}, delivery(2, 10, 1));
    CHECK(pending.size() == 1);
    pending.clear();
    CHECK(pending.is_open(1));
    add(pending, change::deliveries_linked{1});
    CHECK(pending.size() == 2);
}

TEST_CASE("a linked delivery that is dropped is not written with its group", "[pending]") {
    pending_changes pending;
    add(pending, linked(1, 10, 0), linked(1, 11, 0), change::packet_id_taken{20, 7, 1, 1});
    add(pending, change::delivery_removed{1, 10, 0});
    add(pending, change::deliveries_linked{1});
    CHECK(count<change::delivery_saved>(pending) == 1);
    CHECK(count<change::delivery_removed>(pending) == 0);
}

TEST_CASE("nothing of a session that has ended is written with a group", "[pending]") {
    pending_changes pending;
    add(pending, linked(1, 10, 0), linked(1, 11, 0), change::packet_id_taken{20, 7, 1, 1});
    add(pending, change::session_removed{10}, change::session_removed{20});
    pending.clear();
    add(pending, change::deliveries_linked{1});
    CHECK(count<change::delivery_saved>(pending) == 1);
    CHECK(count<change::packet_id_taken>(pending) == 0);
}

TEST_CASE("a message refused after all closes its group without an identifier", "[pending]") {
    pending_changes pending;
    add(pending, change::deliveries_linked{1}, change::packet_id_taken{0, 0, 1, 1});
    CHECK_FALSE(pending.is_open(1));
    CHECK(pending.empty());
}

TEST_CASE("a place that moves before it is written is written where it went", "[pending]") {
    pending_changes pending;
    add(pending, change::message_saved{message(1)}, delivery(1, 10, 0));
    add(pending, change::delivery_moved{10, 0, delivery(1, 0, 5)}, change::session_removed{10});
    add(pending, change::delivery_moved{0, 5, delivery(1, 11, 3)});
    CHECK(count<change::delivery_moved>(pending) == 0);
    pending.for_each([](const store_change& each) {
        if (const auto* saved = std::get_if<change::delivery_saved>(&each)) {
            CHECK(saved->session_id == 11);
            CHECK(saved->position == 3);
        }
    });
    CHECK(pending.size() == 3);
    add(pending, change::delivery_removed{1, 11, 3});
    CHECK(count<change::message_saved>(pending) == 0);
    CHECK(pending.size() == 1);
}

TEST_CASE("a written place that moves twice moves once, and goes from where it was", "[pending]") {
    pending_changes pending;
    add(pending, change::delivery_moved{10, 0, delivery(1, 0, 5)});
    add(pending, change::delivery_moved{0, 5, delivery(1, 11, 3)});
    CHECK(count<change::delivery_moved>(pending) == 1);
    add(pending, change::delivery_removed{1, 11, 3});
    CHECK(pending.size() == 1);
    pending.for_each([](const store_change& each) {
        const auto* removed = std::get_if<change::delivery_removed>(&each);
        REQUIRE(removed != nullptr);
        CHECK(removed->session_id == 10);
        CHECK(removed->position == 0);
    });
}

TEST_CASE("a place that moves stays in its group", "[pending]") {
    pending_changes pending;
    add(pending, linked(1, 10, 0), change::packet_id_taken{20, 7, 1, 1});
    const auto groups =
        add(pending, change::delivery_moved{10, 0, delivery(1, 11, 3)}, change::session_removed{10}
        );
    CHECK(groups == std::vector<std::uint64_t>{1});
    CHECK(pending.size() == 1);
    add(pending, change::deliveries_linked{1});
    CHECK(count<change::delivery_saved>(pending) == 1);
    CHECK(count<change::packet_id_taken>(pending) == 1);
}

TEST_CASE("a will that goes before it is written is not written", "[pending]") {
    change::will_saved saved{0, "c", "", "", {}};
    saved.will.id = 5;
    pending_changes pending;
    add(pending, saved, saved);
    CHECK(pending.size() == 1);
    add(pending, change::will_removed{5});
    CHECK(count<change::will_saved>(pending) == 0);
}

TEST_CASE("a will stays until its message is stored on all shards", "[pending]") {
    pending_changes pending;
    CHECK(add(pending, change::will_removed{5, 1, 1}) == std::vector<std::uint64_t>{1});
    CHECK(pending.is_open(1));
    CHECK(pending.empty());
    pending.clear();
    add(pending, linked(1, 10, 0), change::deliveries_linked{1});
    CHECK(count<change::will_removed>(pending) == 1);
    CHECK(count<change::delivery_saved>(pending) == 1);
    CHECK_FALSE(pending.is_open(1));
}
