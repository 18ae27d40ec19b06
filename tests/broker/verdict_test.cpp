// What one shard tells another about a message's deliveries, and when.
#include "guest.hpp"

using namespace lmqtt;
using namespace lmqtt::broker::test;

TEST_CASE("who does not wait for the store is not kept waiting by another shard's", "[route]") {
    shards world(2, true);
    guest publisher(world, 0, "p");
    guest reader(world, 1, "r");
    publisher.connect();
    reader.connect({.expiry_seconds = 100});
    reader.subscribe({"t", {qos1}, 0});
    world.commit();
    publisher.read();

    SECTION("a promise that something is on the disk is kept") {
        publisher.publish("t", "x", qos1, 5);
        CHECK(publisher.read().empty());
        world.commit();
        CHECK(publisher.read().size() == 1);
    }

    SECTION("and nothing else is") {
        world.rules.waits_for_store = false;
        publisher.publish("t", "x", qos1, 5);
        const auto seen = publisher.read();
        REQUIRE(seen.size() == 1);
        CHECK(seen.front().type == packet_type::puback);
        CHECK(world.store.waiting() == 1);
    }
}
