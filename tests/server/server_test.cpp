// A broker inside a program: what it can ask of it, and what it can do.
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::string_literals;

namespace {

config of_shards(unsigned count) {
    config settings = quiet_config();
    settings.workers = count;
    return settings;
}

message said(std::string topic, std::string payload, bool retain = false) {
    message what;
    what.topic = std::move(topic);
    what.payload = std::move(payload);
    what.retain = retain;
    return what;
}

std::int64_t metric(const server& of, std::string_view name) {
    const auto all = of.metrics();
    const auto found = std::find_if(all.begin(), all.end(), [&](const metric_value& each) {
        return each.name == name;
    });
    REQUIRE(found != all.end());
    return found->value;
}

}  // namespace

TEST_CASE("a program publishes to clients, wherever they live", "[server]") {
    server broker(of_shards(4));
    broker.start();
    for (const std::string name : {"a", "b", "c", "d"}) {
        talker reader(broker);
        CHECK(reader.connect(name) == 0);
        CHECK(reader.subscribe("t") == 2);
        broker.publish(said("t", "x"));
        CHECK(reader.packet() == "\x30\5\0\1t\0x"s);
    }
}

TEST_CASE("a program sees and removes retained messages", "[server]") {
    server broker(of_shards(1));
    broker.start();
    talker client(broker);
    CHECK(client.connect("c") == 0);
    CHECK_FALSE(broker.retained("t"));
    CHECK_FALSE(broker.clear_retained("t"));
    publish_packet what = talker::publication("t", qos::at_least_once);
    what.retain = true;
    client.say(what);
    CHECK(client.packet().front() == '\x40');
    const auto kept = broker.retained("t");
    REQUIRE(kept);
    CHECK(kept->payload == "x");
    CHECK(kept->quality == qos::at_least_once);
    CHECK(kept->retain);
    CHECK(broker.clear_retained("t"));
    client.ping();
    CHECK_FALSE(broker.retained("t"));
}

TEST_CASE("a program sees all sessions, of all shards, as they are", "[server]") {
    server broker(of_shards(4));
    broker.start();
    const properties expiry =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
    for (const std::string name : {"a", "b", "c", "d"}) {
        connect_packet hello;
        hello.client_id = name;
        hello.username = "user of " + name;
        const std::string user = "user of " + name;
        hello.username = user;
        hello.properties = expiry;
        talker client(broker);
        CHECK(client.connect(hello) == 0);
        CHECK(client.subscribe("t/" + name, qos::at_least_once) == 1);
        CHECK(broker.session(name)->connected);
        client.leave();
    }
    message waiting = said("t/a", "x");
    waiting.quality = qos::at_least_once;
    broker.publish(waiting);
    std::set<std::string> seen;
    for (const session_info& each : broker.sessions()) {
        CHECK(seen.insert(each.client_id).second);
        CHECK(each.username == "user of " + each.client_id);
        CHECK_FALSE(each.connected);
        CHECK(each.disconnected_at_ms >= each.connected_at_ms);
        CHECK(each.expiry_interval_seconds == 100);
        REQUIRE(each.subscriptions.size() == 1);
        CHECK(each.subscriptions.front().topic_filter == "t/" + each.client_id);
    }
    CHECK(seen == std::set<std::string>{"a", "b", "c", "d"});
    CHECK_FALSE(broker.session("e"));
}

TEST_CASE("a program subscribes a client, which gets no retained messages for it", "[server]") {
    server broker(of_shards(1));
    broker.start();
    broker.publish(said("t", "kept", true));
    talker client(broker);
    CHECK(client.connect("c") == 0);
    broker.subscribe("c", {"t", {qos::at_least_once}, 0});
    broker.subscribe("c", {"a#", {}, 0});
    broker.subscribe("nobody", {"t", {}, 0});
    broker.publish(said("t", "live"));
    CHECK(client.packet() == "\x30\x08\0\1t\0live"s);
    broker.unsubscribe("c", "t");
    broker.publish(said("t", "late"));
    CHECK(broker.session("c")->subscriptions.empty());
    client.say(pingreq_packet{});
    CHECK(client.packet() == "\xD0\0"s);
}

TEST_CASE("a program disconnects a client, whose session and will live on", "[server]") {
    server broker(of_shards(4));
    broker.start();
    talker heir(broker);
    CHECK(heir.connect("heir") == 0);
    CHECK(heir.subscribe("will") == 2);
    connect_packet hello;
    hello.client_id = "c";
    hello.will = will_fields{.topic = "will", .payload = "x"};
    const properties expiry =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
    hello.properties = expiry;
    talker client(broker);
    CHECK(client.connect(hello) == 0);
    broker.disconnect("nobody");
    broker.disconnect("c");
    CHECK(client.read_to_the_end() == "\xE0\1\x98"s);
    CHECK(heir.packet() == "\x30\x08\0\4will\0x"s);
    CHECK_FALSE(broker.session("c")->connected);
    broker.disconnect("c");
    broker.terminate_session("c");
    CHECK_FALSE(broker.session("c"));
}

TEST_CASE("numbers are those of all shards", "[server]") {
    server broker(of_shards(4));
    broker.start();
    for (const std::string name : {"a", "b", "c", "d"}) {
        talker client(broker);
        CHECK(client.connect(name) == 0);
        client.publish("t", qos::at_least_once);
        CHECK(client.packet().front() == '\x40');
        client.leave();
    }
    CHECK(metric(broker, "lmqtt_publish_received_total") == 4);
    CHECK(metric(broker, "lmqtt_clients_connected_total") == 4);
    const auto described = describe_metrics();
    const auto counted = broker.metrics();
    REQUIRE(described.size() == counted.size());
    for (std::size_t at = 0; at < described.size(); ++at) {
        CHECK(described.at(at).name == counted.at(at).name);
        CHECK(described.at(at).value == 0);
    }
}
