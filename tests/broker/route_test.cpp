// The way of a message, on one shard and over several.
#include "guest.hpp"

#include <variant>

using namespace lmqtt;
using namespace lmqtt::broker::test;
using broker::publication;

namespace {

using strings = std::vector<std::string>;

// A publisher and two readers, each on a shard of its own if there are several.
struct three {
    shards world;
    guest publisher;
    guest first;
    guest second;

    explicit three(unsigned count = 1, bool durable = false, hello readers = {})
        : world(count, durable)
        , publisher(world, 0, "p")
        , first(world, 1 % count, "first")
        , second(world, 2 % count, "second") {
        publisher.connect();
        for (guest* each : {&first, &second}) {
            each->connect({.expiry_seconds = readers.expiry_seconds});
        }
        world.commit();
        for (guest* each : {&publisher, &first, &second}) {
            each->read();
        }
    }
};

reason_code only_reason(guest& of) {
    const auto seen = of.read();
    REQUIRE(seen.size() == 1);
    return seen.front().reason;
}

}  // namespace

TEST_CASE("a message reaches everybody who subscribed, wherever they live", "[route]") {
    three with(GENERATE(1U, 2U, 3U));
    with.first.subscribe("a/+");
    with.second.subscribe("#");
    with.publisher.publish("a/b", "x", qos1);
    CHECK(with.first.payloads() == strings{"x"});
    CHECK(with.second.payloads() == strings{"x"});
    CHECK(only_reason(with.publisher) == reason_code::success);
    with.publisher.publish("c", "y", qos1);
    CHECK(with.first.payloads().empty());
    CHECK(with.second.payloads() == strings{"y"});
    CHECK(only_reason(with.publisher) == reason_code::success);
}

TEST_CASE("who publishes to nobody is told so [MQTT-3.4.2-1]", "[route]") {
    three with(GENERATE(1U, 3U));
    with.publisher.publish("t", "x", qos1);
    CHECK(only_reason(with.publisher) == reason_code::no_matching_subscribers);
    with.publisher.publish("t", "x", qos2);
    CHECK(only_reason(with.publisher) == reason_code::no_matching_subscribers);
}

TEST_CASE("a message is delivered with the lower QoS of the two [MQTT-3.8.4-8]", "[route]") {
    three with;
    for (const qos published : {qos0, qos1, qos2}) {
        for (const qos granted : {qos0, qos1, qos2}) {
            with.first.subscribe("t", granted);
            with.publisher.publish("t", "x", published);
            const auto seen = with.first.read();
            CHECK(seen.back().quality == std::min(published, granted));
        }
    }
}

TEST_CASE("overlapping subscriptions bring one copy [MQTT-3.3.4-2] [MQTT-3.3.4-4]", "[route]") {
    three with(GENERATE(1U, 3U));
    with.first.subscribe({"a/b", {qos0}, 1});
    with.first.subscribe({"a/+", {qos1}, 2});
    with.first.subscribe({"#", {qos0}, 0});
    with.first.read();
    with.publisher.publish("a/b", "x", qos2);
    const auto seen = with.first.read();
    REQUIRE(seen.size() == 1);
    CHECK(seen.front().quality == qos1);
    auto identifiers = seen.front().identifiers;
    std::sort(identifiers.begin(), identifiers.end());
    CHECK(identifiers == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("who wants every copy of overlapping subscriptions gets it", "[route]") {
    shards world;
    world.rules.deliver_overlapping = true;
    guest one(world, 0, "one");
    one.connect();
    one.subscribe({"a/b", {qos0}, 1});
    one.subscribe({"a/+", {qos1}, 2});
    one.publish("a/b", "x", qos2);
    CHECK(one.payloads() == strings{"x", "x"});
}

TEST_CASE("no local keeps a client's own messages from it [MQTT-3.8.3-3]", "[route]") {
    three with;
    with.publisher.subscribe({"t", {qos1, true}, 0});
    with.first.subscribe({"t", {qos1, true}, 0});
    with.publisher.publish("t", "mine", qos1);
    CHECK(with.publisher.payloads().empty());
    CHECK(with.first.payloads() == strings{"mine"});
}

TEST_CASE(
    "RETAIN is told as published only to who wants it [MQTT-3.3.1-12] [MQTT-3.3.1-13]", "[route]"
) {
    three with;
    with.first.subscribe({"t", {qos1, false, true}, 0});
    with.second.subscribe({"t", {qos1, false, false}, 0});
    with.world.settle();
    for (const bool retain : {true, false}) {
        publication what;
        what.topic = "t";
        what.payload = "x";
        what.retain = retain;
        with.publisher.publish(what);
        CHECK(with.first.read().back().retain == retain);
        CHECK_FALSE(with.second.read().back().retain);
    }
}

TEST_CASE("an empty retained message removes the one before [MQTT-3.3.1-6]", "[route]") {
    three with;
    const auto kept = [&] {
        return with.world.shared.retained.with([](const broker::retained_messages& all) {
            return all.size();
        });
    };
    publication what;
    what.topic = "t";
    what.payload = "x";
    what.retain = true;
    with.publisher.publish(what);
    CHECK(kept() == 1);
    with.publisher.home().options().retain_available = false;
    what.topic = "other";
    with.publisher.publish(what);
    CHECK(kept() == 1);
    with.publisher.home().options().retain_available = true;
    what.topic = "t";
    what.payload = {};
    with.publisher.publish(what);
    CHECK(kept() == 0);
}

TEST_CASE("what cannot be retained is refused, and reaches nobody", "[route]") {
    three with;
    with.publisher.home().options().retained.maximum_messages = 0;
    with.first.subscribe("#");
    with.first.read();
    publication what;
    what.topic = "t";
    what.payload = "x";
    what.retain = true;
    what.quality = qos1;
    with.publisher.publish(what, 1);
    CHECK(only_reason(with.publisher) == reason_code::quota_exceeded);
    CHECK(with.first.payloads().empty());
}

TEST_CASE("each message goes to one member of a group [MQTT-4.8.2-4]", "[route]") {
    three with(GENERATE(1U, 3U));
    with.first.subscribe("$share/g/t");
    with.second.subscribe("$share/g/t");
    for (int number = 0; number < 10; ++number) {
        with.publisher.publish("t", std::to_string(number), qos1);
    }
    strings seen = with.first.payloads();
    const strings others = with.second.payloads();
    CHECK(seen.size() == 5);  // round robin
    CHECK(others.size() == 5);
    seen.insert(seen.end(), others.begin(), others.end());
    std::sort(seen.begin(), seen.end());
    CHECK(std::unique(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("a group prefers members that are connected", "[route]") {
    three with(1, false, {.expiry_seconds = 100});
    with.first.subscribe("$share/g/t");
    with.second.subscribe("$share/g/t");
    with.first.leave();
    for (int number = 0; number < 4; ++number) {
        with.publisher.publish("t", "x", qos1);
    }
    CHECK(with.second.payloads().size() == 4);
}

TEST_CASE("QoS 0 is kept for a client that is away only if it is to be", "[route]") {
    shards world;
    world.rules.queue_qos0 = GENERATE(true, false);
    strings dropped;
    world.listeners.message_dropped = [&](auto client_id, const auto& message, auto why) {
        dropped.push_back(
            std::string(client_id) + std::string(message.topic()) +
            std::string(session::text_of(why))
        );
    };
    guest publisher(world, 0, "p");
    publisher.connect();
    guest reader(world, 0, "r");
    reader.connect({.expiry_seconds = 100});
    reader.subscribe("t");
    reader.leave();
    publisher.publish("t", "x", qos0);
    reader.connect({.clean_start = false, .expiry_seconds = 100});
    CHECK(reader.payloads() == (world.rules.queue_qos0 ? strings{"x"} : strings{}));
    CHECK(dropped == (world.rules.queue_qos0 ? strings{} : strings{"rtoffline_qos0"}));
}

TEST_CASE("a full queue that refuses is told to the publisher, wherever it is", "[route]") {
    const unsigned count = GENERATE(1U, 2U);
    shards world(count);
    world.rules.outbox.maximum_messages = 1;
    world.rules.outbox.overflow = overflow_policy::reject;
    guest publisher(world, 0, "p");
    publisher.connect();
    guest reader(world, 1 % count, "r");
    reader.connect({.expiry_seconds = 100});
    reader.subscribe("t");
    reader.leave();
    publisher.publish("t", "1", qos1);
    publisher.publish("t", "2", qos1);
    publisher.publish("t", "3", qos2);
    const auto seen = publisher.read();
    REQUIRE(seen.size() == 4);
    CHECK(seen.at(1).reason == reason_code::success);
    CHECK(seen.at(2).reason == reason_code::quota_exceeded);
    CHECK(seen.at(3).reason == reason_code::quota_exceeded);
    CHECK(publisher.state().received.size() == 0);
}

TEST_CASE("PUBACK and PUBREC wait until what they promise is stored [MQTT-4.3.2-4]", "[route]") {
    three with(GENERATE(1U, 2U), true, {.expiry_seconds = 100});
    const qos quality = GENERATE(qos1, qos2);
    with.first.subscribe("t");
    with.world.commit();
    with.first.read();
    with.publisher.publish("t", "x", quality);
    CHECK(with.publisher.read().empty());
    with.world.commit();
    CHECK(only_reason(with.publisher) == reason_code::success);
}

TEST_CASE("a message for sessions that do not last waits for nothing", "[route]") {
    three with(GENERATE(1U, 3U), true);
    with.first.subscribe("t");
    with.second.subscribe("t");
    with.publisher.publish("t", "x", qos2);
    CHECK(with.first.payloads() == strings{"x"});
    CHECK(only_reason(with.publisher) == reason_code::success);
    CHECK(with.world.store.waiting() == 0);
}

TEST_CASE("nothing waits where the store keeps nothing", "[route]") {
    three with(GENERATE(1U, 3U), false, {.expiry_seconds = 100});
    with.first.subscribe("t");
    with.publisher.publish("t", "x", qos2);
    CHECK(with.first.payloads() == strings{"x"});
    CHECK(only_reason(with.publisher) == reason_code::success);
}

TEST_CASE("QoS 2 is handed on only when it is stored, QoS 1 at once [MQTT-4.3.3-8]", "[route]") {
    three with(1, true, {.expiry_seconds = 100});
    with.first.subscribe("t");
    with.world.commit();
    with.publisher.publish("t", "one", qos1);
    CHECK(with.first.payloads() == strings{"one"});
    with.publisher.publish("t", "two", qos2);
    CHECK(with.first.payloads().empty());
    with.world.commit();
    CHECK(with.first.payloads() == strings{"two"});
}

TEST_CASE("answers leave in the order of what they answer", "[route]") {
    three with(2, true, {.expiry_seconds = 100});
    with.first.subscribe("stored");
    with.publisher.subscribe("plain");
    with.world.commit();
    with.publisher.read();
    with.publisher.publish("stored", "1", qos1, 1);
    with.publisher.publish("plain", "2", qos1, 2);
    with.publisher.publish("nobody", "3", qos2, 3);
    std::vector<received> seen = with.publisher.read();
    REQUIRE(seen.size() == 1);
    CHECK(seen.front().payload == "2");  // what it subscribed to does not wait
    with.world.commit();
    seen = with.publisher.read();
    REQUIRE(seen.size() == 3);
    for (std::uint16_t number = 0; number < 3; ++number) {
        CHECK(seen.at(number).packet_id == number + 1);
    }
}

TEST_CASE("a receipt waits for every shard that has something to store", "[route]") {
    three with(3, true, {.expiry_seconds = 100});
    with.first.subscribe("t");
    with.second.subscribe("t");
    with.world.commit();
    with.publisher.publish("t", "x", qos1);
    with.world.settle();
    CHECK(with.world.store.commit(1));
    CHECK(with.publisher.read().empty());
    CHECK(with.world.store.commit(2));
    CHECK(only_reason(with.publisher) == reason_code::success);
}

TEST_CASE(
    "a lasting publisher's identifier is stored with all that is delivered of it "
    "[MQTT-4.3.3-10]",
    "[route]"
) {
    shards world(2, true);
    guest publisher(world, 0, "p");
    publisher.connect({.expiry_seconds = 100});
    guest reader(world, 1, "r");
    reader.connect({.expiry_seconds = 100});
    reader.subscribe("t");
    world.commit();
    publisher.publish("t", "x", qos2, 9);
    world.settle();
    std::uint64_t group = 0;
    for (const auto& each : world.store.submitted(0)) {
        if (const auto* taken = std::get_if<change::packet_id_taken>(&each)) {
            CHECK(taken->packet_id == 9);
            CHECK(taken->other_shards == 1);
            group = taken->message_id;
        }
    }
    CHECK(group != 0);
    int linked = 0;
    for (const auto& each : world.store.submitted(1)) {
        if (const auto* saved = std::get_if<change::delivery_saved>(&each)) {
            CHECK(saved->linked);
            CHECK(saved->message_id == group);
            ++linked;
        }
        if (const auto* all = std::get_if<change::deliveries_linked>(&each)) {
            CHECK(all->message_id == group);
            ++linked;
        }
    }
    CHECK(linked == 2);
}

TEST_CASE("a verdict for somebody who has left harms nobody", "[route]") {
    three with(2, true, {.expiry_seconds = 100});
    with.first.subscribe("t");
    with.world.commit();
    with.publisher.publish("t", "x", qos1);
    with.publisher.leave();
    with.publisher.connect();
    with.publisher.publish("nobody", "y", qos1, 5);
    with.world.commit();
    const auto seen = with.publisher.read();
    REQUIRE(seen.size() == 2);
    CHECK(seen.at(1).packet_id == 5);
    CHECK(seen.at(1).reason == reason_code::no_matching_subscribers);
    CHECK(with.first.payloads() == strings{"x"});
}

TEST_CASE("order per publisher and receiver holds, from shard to shard", "[route]") {
    three with(GENERATE(1U, 3U));
    with.first.subscribe("t");
    strings sent;
    for (int number = 0; number < 50; ++number) {
        sent.push_back(std::to_string(number));
        with.publisher.publish("t", sent.back(), qos1);
        if (number % 7 == 0) {
            with.world.settle();
        }
    }
    CHECK(with.first.payloads() == sent);
}

TEST_CASE("the program's own messages, and $SYS, go the same way", "[route]") {
    three with(GENERATE(1U, 3U));
    with.first.subscribe("#");
    with.second.subscribe("$SYS/#");
    with.world.settle();
    message own;
    own.topic = "own";
    own.payload = "x";
    with.world.at(0).publish(own, {0, {}, with.world.rules}, with.world.now_ms);
    with.world.at(0).publish_status("$SYS/broker/uptime", "7", with.world.now_ms);
    CHECK(with.first.payloads() == strings{"x"});
    CHECK(with.second.payloads() == strings{"7"});
    with.first.subscribe("$SYS/broker/+");
    CHECK(with.first.payloads() == strings{"7"});
}
