// How a client comes to its session, and how it leaves it.
#include "guest.hpp"

#include <variant>

using namespace lmqtt;
using namespace lmqtt::broker::test;
using broker::departure;
using broker::termination;

namespace {

using strings = std::vector<std::string>;

// The ends of sessions, as they are told.
struct ends {
    explicit ends(shards& of) {
        of.listeners.session_terminated = [this](std::string_view client_id, termination why) {
            seen.push_back(std::string(client_id) + std::to_string(int(why)));
        };
    }

    strings take() { return std::exchange(seen, {}); }

    strings seen;
};

const std::string normal = std::to_string(int(termination::normal));
const std::string taken_over = std::to_string(int(termination::taken_over));
const std::string expired = std::to_string(int(termination::expired));

template <class Change>
std::size_t count(const shards& of) {
    std::size_t number = 0;
    for (const auto& each : of.store.submitted(0)) {
        number += std::holds_alternative<Change>(each) ? 1U : 0U;
    }
    return number;
}

}  // namespace

TEST_CASE("a session is there again for who asks for it [MQTT-3.1.2-5]", "[attach]") {
    shards world;
    guest one(world, 0, "one");
    CHECK_FALSE(one.connect({.clean_start = false, .expiry_seconds = 10}).session_present);
    CHECK(one.subscribe("t") == reason_code::granted_qos_2);
    CHECK(one.read().size() == 2);
    one.leave();
    world.now_ms += 9'999;
    CHECK(one.connect({.clean_start = false, .expiry_seconds = 10}).session_present);
    CHECK(one.state().subscriptions.size() == 1);
    CHECK(one.state().created_at_ms == world.now_ms - 9'999);
}

TEST_CASE("a clean start ends the session before [MQTT-3.1.2-4]", "[attach]") {
    shards world;
    ends ends(world);
    guest one(world, 0, "one");
    one.connect({.expiry_seconds = 10});
    one.subscribe("t");
    one.leave();
    CHECK_FALSE(one.connect({.clean_start = true, .expiry_seconds = 10}).session_present);
    CHECK(ends.take() == strings{"one" + taken_over});
    CHECK(one.state().subscriptions.empty());
    one.publish("t", "x", qos1);
    CHECK(one.read().back().reason == reason_code::no_matching_subscribers);
}

TEST_CASE(
    "a session that is over has ended, whether anybody has looked or not [MQTT-4.1.0-2]", "[attach]"
) {
    shards world;
    ends ends(world);
    guest one(world, 0, "one");
    one.connect({.expiry_seconds = 10});
    one.leave();
    world.now_ms += 10'000;
    CHECK_FALSE(one.connect({.clean_start = false, .expiry_seconds = 10}).session_present);
    CHECK(ends.take() == strings{"one" + expired});
}

TEST_CASE("a session without an interval ends with its connection [MQTT-3.1.2-23]", "[attach]") {
    shards world;
    ends ends(world);
    guest one(world, 0, "one");
    one.connect();
    const auto handle = one.state().self;
    one.leave();
    CHECK(ends.take() == strings{"one" + normal});
    CHECK(one.home().sessions().find("one") == nullptr);
    CHECK(one.home().sessions().resolve(handle) == nullptr);
}

TEST_CASE("a departing client may change when its session ends [MQTT-3.14.2-2]", "[attach]") {
    shards world;
    ends ends(world);
    guest one(world, 0, "one");
    one.connect({.expiry_seconds = 10});
    one.leave({.publish_will = false, .expiry_interval_seconds = 0});
    CHECK(ends.take() == strings{"one" + normal});
    one.connect({.expiry_seconds = 10});
    one.leave({.publish_will = false, .expiry_interval_seconds = 20});
    world.now_ms += 10'000;
    one.home().expire_sessions(world.now_ms);
    CHECK(ends.take().empty());
}

TEST_CASE("who takes a session over gets what the other had not acknowledged", "[attach]") {
    shards world;
    guest publisher(world, 0, "p");
    publisher.connect();
    guest former(world, 0, "one");
    former.connect({.expiry_seconds = 10});
    former.subscribe("t");
    publisher.publish("t", "x", qos1);
    CHECK(former.payloads() == strings{"x"});
    guest heir(world, 0, "one");
    CHECK(heir.connect({.clean_start = false, .expiry_seconds = 10}).session_present);
    CHECK_FALSE(former.connected());
    const auto seen = heir.read();
    REQUIRE(seen.size() == 2);
    CHECK(seen.at(0).type == packet_type::connack);
    CHECK(seen.at(1).payload == "x");
    CHECK(seen.at(1).dup);
    publisher.publish("t", "y", qos1);
    CHECK(heir.payloads() == strings{"y"});
    CHECK(former.payloads().empty());
}

TEST_CASE("there are no more sessions than the broker may hold", "[attach]") {
    shards world(2);
    for (unsigned shard = 0; shard < 2; ++shard) {
        world.at(shard).options().sessions.in_all = 2;
    }
    guest one(world, 0, "one");
    guest two(world, 1, "two");
    guest three(world, 0, "three");
    CHECK(one.connect({.expiry_seconds = 10}).where != nullptr);
    CHECK(two.connect().where != nullptr);
    CHECK(three.connect().where == nullptr);
    CHECK(one.home().sessions().find("three") == nullptr);
    one.leave();
    CHECK(one.connect({.clean_start = false, .expiry_seconds = 10}).session_present);
    CHECK(one.connect({.clean_start = true}).where != nullptr);
    two.leave();
    CHECK(three.connect().where != nullptr);
}

TEST_CASE("B10: a user gets no more sessions than one may have, on all shards", "[attach]") {
    shards world(2);
    for (unsigned shard = 0; shard < 2; ++shard) {
        world.at(shard).options().sessions.of_one_user = 2;
    }
    const auto as = [](std::string user, bool clean_start = false) {
        return hello{
            .clean_start = clean_start, .expiry_seconds = forever, .user = std::move(user)};
    };
    guest one(world, 0, "one");
    guest two(world, 1, "two");
    guest three(world, 0, "three");
    CHECK(one.connect(as("alice")).where != nullptr);
    CHECK(two.connect(as("alice")).where != nullptr);
    CHECK(three.connect(as("alice")).where == nullptr);
    CHECK(world.at(0).numbers().sessions_refused.value() == 1);
    CHECK(one.home().sessions().find("three") == nullptr);
    // Nobody else is concerned, and what she has she keeps.
    CHECK(three.connect(as("bob")).where != nullptr);
    one.leave();
    CHECK(one.connect(as("alice")).session_present);
    CHECK(two.connect(as("alice", true)).where != nullptr);
    CHECK(world.shared.places.with([](auto& all) {
        return all.of_user({broker::owner::user, "alice"});
    }) == 2);
    one.leave({.publish_will = false, .expiry_interval_seconds = 0});
    guest four(world, 1, "four");
    CHECK(four.connect(as("alice")).where != nullptr);
}

TEST_CASE("B10: a session that changes hands counts for who has it now", "[attach]") {
    shards world;
    world.at(0).options().sessions.of_one_user = 1;
    guest found(world, 0, "found");
    guest other(world, 0, "other");
    CHECK(found.connect({.expiry_seconds = forever}).where != nullptr);
    found.leave();
    CHECK(other.connect({.expiry_seconds = forever, .user = "alice"}).where != nullptr);
    // It was there before: nobody who may have it is kept from it.
    CHECK(found.connect({.clean_start = false, .expiry_seconds = forever, .user = "alice"})
              .session_present);
    const auto of = [&world](std::string_view user) {
        return world.shared.places.with([&](auto& all) {
            return all.of_user({broker::owner::user, user});
        });
    };
    CHECK(of("alice") == 2);
    found.leave({.publish_will = false, .expiry_interval_seconds = 0});
    other.leave({.publish_will = false, .expiry_interval_seconds = 0});
    CHECK(of("alice") == 0);
    CHECK(world.shared.places.with([](auto& all) { return all.in_all(); }) == 0);
}

TEST_CASE("B10: a session that has expired keeps nobody's place", "[attach]") {
    shards world;
    world.at(0).options().sessions.of_one_user = 1;
    guest brief(world, 0, "brief");
    guest other(world, 0, "other");
    CHECK(brief.connect({.expiry_seconds = 1, .user = "bob"}).where != nullptr);
    brief.leave();
    CHECK(other.connect({.expiry_seconds = forever, .user = "alice"}).where != nullptr);
    world.now_ms += 1001;
    // Not swept yet, and no way around the limit.
    CHECK(brief.connect({.expiry_seconds = forever, .user = "alice"}).where == nullptr);
    CHECK(brief.home().sessions().find("brief") == nullptr);
}

TEST_CASE(
    "CONNACK waits until a session that is to last is stored, and no other does [MQTT-3.2.0-1]",
    "[attach]"
) {
    shards world(1, true);
    guest brief(world, 0, "brief");
    brief.connect();
    CHECK(brief.read().size() == 1);
    CHECK(world.store.submitted(0).empty());
    guest lasting(world, 0, "lasting");
    CHECK(lasting.connect({.expiry_seconds = 10}).committed_by == 1);
    lasting.publish("nobody", "x", qos1);
    CHECK(lasting.read().empty());
    world.commit();
    const auto seen = lasting.read();
    REQUIRE(seen.size() == 2);
    CHECK(seen.at(0).type == packet_type::connack);
    CHECK(seen.at(1).type == packet_type::puback);
}

TEST_CASE("a session is stored while it lasts, and removed when it ends", "[attach]") {
    using change::session_removed;
    using change::session_saved;
    shards world(1, true);
    guest one(world, 0, "one");
    one.connect({.expiry_seconds = 10});
    one.subscribe("t");
    world.commit();
    CHECK(count<session_saved>(world) == 1);
    one.leave();
    world.commit();
    CHECK(count<session_saved>(world) == 2);
    CHECK(count<session_removed>(world) == 0);

    SECTION("with a connection that does not want to keep it") {
        one.connect({.clean_start = false, .expiry_seconds = 0});
        world.commit();
        CHECK(count<session_saved>(world) == 3);
        CHECK(count<session_removed>(world) == 0);
        one.leave();
        world.commit();
        CHECK(count<session_removed>(world) == 1);
    }

    SECTION("by a clean start, which makes a new one") {
        one.connect({.clean_start = true, .expiry_seconds = 10});
        world.commit();
        CHECK(count<session_removed>(world) == 1);
        CHECK(count<session_saved>(world) == 3);
    }
}

TEST_CASE(
    "the last member of a group to leave takes its messages along, others inherit them "
    "[MQTT-4.8.2-5]",
    "[attach]"
) {
    shards world;
    std::size_t dropped = 0;
    world.listeners.message_dropped = [&](auto, const auto&, auto) { ++dropped; };
    guest publisher(world, 0, "p");
    publisher.connect();
    guest first(world, 0, "first");
    first.connect({.receive_maximum = 1});
    first.subscribe("$share/g/t");
    publisher.publish("t", "1", qos1);
    publisher.publish("t", "2", qos1);
    CHECK(first.payloads() == strings{"1"});
    guest second(world, 0, "second");
    second.connect();
    second.subscribe("$share/g/t");
    first.leave();
    CHECK(second.payloads() == strings{"1", "2"});
    CHECK(dropped == 0);
    second.leave();
    CHECK(dropped == 2);
}
