// SUBSCRIBE and UNSUBSCRIBE, and the retained messages that a subscription brings.
#include "guest.hpp"

#include <set>
#include <string>

using namespace lmqtt;
using namespace lmqtt::broker::test;

namespace {

using strings = std::vector<std::string>;

struct with_retained {
    shards world;
    guest publisher{world, 0, "p"};
    guest reader{world, 0, "r"};

    with_retained() {
        publisher.connect();
        reader.connect();
        retain("a/1", "one");
        retain("a/2", "two");
        reader.read();
    }

    void retain(std::string_view topic, std::string_view payload, qos quality = qos1) {
        broker::publication what;
        what.topic = topic;
        what.payload = payload;
        what.quality = quality;
        what.retain = true;
        publisher.publish(what, 1);
    }
};

subscription with_handling(std::string filter, std::uint8_t handling) {
    return {std::move(filter), {qos2, false, false, handling}, 0};
}

}  // namespace

TEST_CASE(
    "retained messages follow the SUBACK, marked as such [MQTT-3.3.1-9] [MQTT-3.8.4-4]",
    "[subscribe]"
) {
    with_retained with;
    with.reader.subscribe({"a/+", {qos1}, 5});
    const auto seen = with.reader.read();
    REQUIRE(seen.size() == 3);
    CHECK(seen.at(0).type == packet_type::suback);
    for (const auto& each : {seen.at(1), seen.at(2)}) {
        CHECK(each.retain);
        CHECK(each.quality == qos1);
        CHECK(each.identifiers == std::vector<std::uint32_t>{5});
    }
}

TEST_CASE("retain handling is obeyed [MQTT-3.3.1-10] [MQTT-3.3.1-11]", "[subscribe]") {
    with_retained with;
    with.reader.subscribe(with_handling("a/1", 2));
    CHECK(with.reader.payloads().empty());
    with.reader.subscribe(with_handling("a/1", 1));
    CHECK(with.reader.payloads().empty());  // it was there already
    with.reader.subscribe(with_handling("a/2", 1));
    CHECK(with.reader.payloads() == strings{"two"});
    with.reader.subscribe(with_handling("a/2", 0));
    CHECK(with.reader.payloads() == strings{"two"});
}

TEST_CASE("a shared subscription brings no retained messages", "[subscribe]") {
    with_retained with;
    with.reader.subscribe("$share/g/a/1");
    CHECK(with.reader.payloads().empty());
}

TEST_CASE("what has expired is not sent to a new subscription [MQTT-3.3.2-5]", "[subscribe]") {
    with_retained with;
    broker::publication what;
    what.topic = "b";
    what.payload = "late";
    what.retain = true;
    what.expires_at_ms = with.world.now_ms + 1000;
    with.publisher.publish(what);
    with.world.now_ms += 1000;
    with.reader.subscribe("b");
    CHECK(with.reader.payloads().empty());
}

TEST_CASE(
    "more retained messages than a queue holds come as they are acknowledged, and nobody looks for "
    "room meanwhile",
    "[subscribe]"
) {
    with_retained with;
    with.world.rules.outbox.maximum_messages = 10;
    for (int number = 0; number < 100; ++number) {
        with.retain("t/" + std::to_string(number), "x");
    }
    guest slow(with.world, 0, "slow");
    slow.connect();
    slow.subscribe("t/#");
    std::set<std::string> topics;
    std::vector<received> some = slow.read();
    CHECK(some.size() == 2 + 5);  // CONNACK and SUBACK; the other half is for live messages
    while (!some.empty()) {
        CHECK(slow.home().ready().empty());
        for (const auto& each : some) {
            if (each.type == packet_type::publish) {
                CHECK(topics.insert(each.topic).second);
                slow.puback(each.packet_id);
            }
        }
        some = slow.read();
    }
    CHECK(topics.size() == 100);
}

TEST_CASE("retained messages come as the queue has room for their bytes", "[subscribe]") {
    with_retained with;
    with.world.rules.outbox.maximum_bytes = 20'000;
    for (int number = 0; number < 40; ++number) {
        // Every tenth does not fit into a half, nor beside another; and one not into the whole.
        const std::size_t size = number == 25 ? 30'000 : number % 10 == 0 ? 15'000 : 1'000;
        with.retain("t/" + std::to_string(number), std::string(size, 'x'));
    }
    const qos quality = GENERATE(qos0, qos1);
    guest slow(with.world, 0, "slow");
    slow.connect();
    slow.subscribe("t/#", quality);
    std::set<std::string> topics;
    std::vector<received> some = slow.read();
    CHECK((quality == qos0 || some.size() < 40));
    while (!some.empty()) {
        CHECK(slow.home().ready().empty());
        CHECK(slow.state().out.bytes() <= 31'000);
        for (const auto& each : some) {
            if (each.type == packet_type::publish) {
                CHECK(topics.insert(each.topic).second);
                if (quality == qos1) {
                    slow.puback(each.packet_id);
                }
            }
        }
        some = slow.read();
    }
    CHECK(topics.size() == 40);
}

TEST_CASE("an UNSUBSCRIBE stops the retained messages that are still to come", "[subscribe]") {
    with_retained with;
    with.reader.home().subscribe(with.reader.state(), {"a/+", {qos1}, 0});
    with.reader.home().replay_retained(with.reader.state(), "a/+");
    CHECK(with.reader.unsubscribe("a/+"));
    CHECK(with.reader.payloads().empty());
}

TEST_CASE("a subscription is replaced, not doubled [MQTT-3.8.4-3]", "[subscribe]") {
    with_retained with;
    with.reader.subscribe("t", qos0);
    with.reader.subscribe("t", qos1);
    with.publisher.publish("t", "x", qos1);
    const auto seen = with.reader.read();
    CHECK(seen.back().quality == qos1);
    CHECK(seen.size() == 3);  // two SUBACKs
    CHECK(with.reader.home().numbers().subscriptions_current.value() == 1);
}

TEST_CASE("an unsubscribed filter brings nothing more [MQTT-3.10.4-2]", "[subscribe]") {
    with_retained with;
    for (const std::string filter : {"t", "+", "$share/g/t"}) {
        with.reader.subscribe(filter);
        CHECK(with.reader.unsubscribe(filter));
        CHECK_FALSE(with.reader.unsubscribe(filter));
    }
    CHECK_FALSE(with.reader.unsubscribe("a#"));
    with.publisher.publish("t", "x", qos1);
    CHECK(with.reader.payloads().empty());
    CHECK(with.publisher.read().back().reason == reason_code::no_matching_subscribers);
    CHECK(with.reader.home().numbers().subscriptions_current.value() == 0);
}

TEST_CASE("a session holds no more subscriptions than it may", "[subscribe]") {
    shards world;
    world.rules.maximum_subscriptions = 2;
    guest one(world, 0, "one");
    one.connect();
    CHECK(one.subscribe("a", qos0) == reason_code::success);
    CHECK(one.subscribe("b", qos0) == reason_code::success);
    CHECK(one.subscribe("c", qos0) == reason_code::quota_exceeded);
    CHECK(one.subscribe("b", qos1) == reason_code::granted_qos_1);
    one.unsubscribe("a");
    CHECK(one.subscribe("c", qos0) == reason_code::success);
}

TEST_CASE("SUBACK and UNSUBACK wait for the store if the session lasts", "[subscribe]") {
    shards world(1, true);
    const bool lasting = GENERATE(true, false);
    guest one(world, 0, "one");
    one.connect({.expiry_seconds = lasting ? 10U : 0U});
    world.commit();
    one.read();
    one.subscribe("t");
    CHECK(one.read().size() == (lasting ? 0 : 1));
    world.commit();
    CHECK(one.read().size() == (lasting ? 1 : 0));
    one.unsubscribe("t");
    CHECK(one.read().size() == (lasting ? 0 : 1));
    world.commit();
    CHECK(one.read().size() == (lasting ? 1 : 0));
    one.unsubscribe("t");
    CHECK(one.read().size() == 1);  // nothing was changed
}

TEST_CASE(
    "what is retained after the subscription comes once, as the subscription brings it "
    "[MQTT-3.3.1-12]",
    "[subscribe]"
) {
    with_retained with;
    with.reader.subscribe({"a/+", {qos1}, 0});
    with.retain("a/2", "newer");
    with.retain("a/3", "new");
    strings seen;
    for (const auto& each : with.reader.read()) {
        if (each.type == packet_type::publish) {
            seen.push_back((each.retain ? "retained " : "live ") + each.payload);
        }
    }
    CHECK(seen == strings{"live newer", "live new", "retained one"});
}
