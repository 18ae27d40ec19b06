// Who has got something to write, and when its shard hears of it.
#include "guest.hpp"

using namespace lmqtt;
using namespace lmqtt::broker::test;

TEST_CASE("a session with something to write is in the list once", "[broker]") {
    shards world;
    guest one(world, 0, "one");
    one.connect();
    one.subscribe("t");
    world.settle();
    auto& home = one.home();
    CHECK(home.ready().empty());
    one.publish("t", "1");
    one.publish("t", "2");
    home.mark_ready(one.state());
    CHECK(home.ready() == std::vector<session::handle>{one.state().self});
    CHECK(home.take_ready().size() == 1);
    CHECK(home.ready().empty());
}

TEST_CASE("a burst is what has been queued since receivers were last written to", "[broker]") {
    shards world;
    guest one(world, 0, "one");
    one.connect();
    one.subscribe("t", qos0);
    world.settle();
    auto& home = one.home();
    for (int number = 0; number < 255; ++number) {
        one.publish("t", "x");
    }
    CHECK_FALSE(home.has_queued_a_burst());
    one.publish("t", "x");
    CHECK(home.has_queued_a_burst());
    static_cast<void>(home.take_ready());
    CHECK_FALSE(home.has_queued_a_burst());
}

TEST_CASE("nobody writes for a session that nobody is connected to", "[broker]") {
    shards world;
    guest away(world, 0, "away");
    away.connect({.expiry_seconds = 100});
    away.subscribe("t");
    world.settle();
    session::session& left = away.state();
    away.leave();
    guest publisher(world, 0, "p");
    publisher.connect();
    world.settle();
    publisher.publish("t", "x", qos0);
    CHECK(world.at(0).ready().empty());
    world.at(0).mark_ready(left);
    CHECK(world.at(0).ready().empty());
    CHECK(left.out.size() == 1);
}

TEST_CASE("who waits for the store is ready when it has spoken, not before", "[broker]") {
    shards world(1, true);
    guest one(world, 0, "one");
    one.connect({.expiry_seconds = 100});
    world.settle();
    auto& home = one.home();
    home.on_committed();
    CHECK(home.ready().empty());
    CHECK(home.committed() == 0);
    CHECK(world.store.commit(0));
    CHECK(home.ready().empty());  // a shard hears of it in its own turn
    home.on_committed();
    CHECK(home.committed() == 1);
    CHECK(home.ready() == std::vector<session::handle>{one.state().self});
}

TEST_CASE("a store that speaks of a session that has ended is heard out", "[broker]") {
    shards world(1, true);
    guest one(world, 0, "one");
    one.connect({.expiry_seconds = 100});
    world.settle();
    one.leave({.publish_will = false, .expiry_interval_seconds = 0});
    world.commit();
    CHECK(world.at(0).sessions().find("one") == nullptr);
    CHECK(world.at(0).ready().empty());
}

TEST_CASE("a shard has boxes for the others, and none for itself", "[broker]") {
    shards world(3);
    guest here(world, 0, "here");
    guest there(world, 2, "there");
    for (guest* each : {&here, &there}) {
        each->connect();
        each->subscribe("t");
    }
    world.settle();
    here.publish("t", "x", qos1);
    const auto& boxes = world.at(0).outgoing();
    REQUIRE(boxes.size() == 3);
    CHECK(boxes.at(0).empty());
    CHECK(boxes.at(1).empty());
    CHECK(boxes.at(2).size() == 1);
}
