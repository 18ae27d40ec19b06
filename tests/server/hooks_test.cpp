// What hooks can do to messages, and what they cannot.
#include "raw_client.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <string>

using namespace lmqtt;
using namespace std::string_literals;
using test::quiet_config;
using test::raw_client;

namespace {

// Greeted: the CONNACK has been read.
struct greeted : raw_client {
    explicit greeted(const server& to)
        : raw_client(to) {
        say_connect();
        REQUIRE(packet().substr(0, 1) == "\x20");
    }
};

std::string publish(const std::string& topic, char header = '\x32') {
    const std::string body = "\0"s + char(topic.size()) + topic + "\0\7"s + "\0"s + "x";
    return header + (char(body.size()) + body);
}

std::int64_t metric(const server& of, std::string_view name) {
    for (const metric_value& each : of.metrics()) {
        if (each.name == name) {
            return each.value;
        }
    }
    FAIL("no metric " << name);
    return 0;
}

}  // namespace

TEST_CASE("a hook that allows everything does not open the topics of the broker", "[hooks]") {
    server broker(quiet_config());
    broker.hooks().on_msg_arrived = [](publish_request&) { return decision{}; };
    broker.start();
    greeted client(broker);
    client.say(publish("$SYS/broker/version", '\x33'));
    CHECK(client.packet() == "\x40\3\0\7\x90"s);
    CHECK_FALSE(broker.retained("$SYS/broker/version").value_or(message{}).payload == "x");
    client.say(publish("plain"));
    CHECK(client.packet().substr(0, 1) == "\x40");
}

TEST_CASE("a hook that allows everything decides later, and $SYS stays closed", "[hooks]") {
    server broker(quiet_config());
    broker.hooks().on_msg_arrived = [](publish_request&) -> task<decision> {
        co_return decision{};
    };
    broker.start();
    greeted client(broker);
    client.say(publish("$SYS/x"));
    CHECK(client.packet() == "\x40\3\0\7\x90"s);
}

TEST_CASE("a topic that a hook makes up must be one [MQTT-3.3.2-2]", "[hooks]") {
    server broker(quiet_config());
    broker.hooks().on_msg_arrived = [](publish_request& request) {
        const bool bad = request.what.topic == "bad";
        request.what.topic = bad ? "a/#" : request.what.topic == "worse" ? "\xff" : "good";
        return decision{};
    };
    broker.start();
    greeted client(broker);
    client.say(publish("bad", '\x33'));
    CHECK(client.packet() == "\x40\3\0\7\x90"s);
    CHECK_FALSE(broker.retained("a/#"));
    client.say(publish("worse", '\x33'));
    CHECK(client.packet() == "\x40\3\0\7\x90"s);
    CHECK_FALSE(broker.retained("\xff"));
    client.say(publish("other", '\x33'));
    CHECK(client.packet().substr(0, 4) == "\x40\3\0\7"s);
    CHECK(broker.retained("good"));
}

TEST_CASE("what on_publish leaves out has not been refused by the client", "[hooks]") {
    server broker(quiet_config());
    std::atomic<int> dropped = 0;
    broker.hooks().on_publish = [](const client_info&, std::string_view topic, byte_view) {
        return topic != "hidden";
    };
    broker.hooks().on_msg_dropped = [&](std::string_view, std::string_view, std::string_view) {
        ++dropped;
    };
    broker.start();
    greeted client(broker);
    client.say("\x82\x07\0\1\0\0\1#\2"s);
    CHECK(client.packet() == "\x90\4\0\1\0\2"s);
    for (const char header : {'\x30', '\x32', '\x34'}) {
        const std::string sent = publish("hidden", header);
        client.say(header == '\x30' ? "\x30\x0A\0\6hidden\0x"s : sent);
    }
    client.say("\x30\x09\0\5shown\0x"s);
    CHECK(client.packet().substr(0, 4) == "\x40\2\0\7"s);
    CHECK(client.packet().substr(0, 4) == "\x50\2\0\7"s);
    CHECK(client.packet() == "\x30\x09\0\5shown\0x"s);
    CHECK(dropped == 0);
    CHECK(metric(broker, "lmqtt_dropped_refused_by_client_total") == 0);
}

TEST_CASE("a program may use $SYS topics of its own, and no limit counts them", "[hooks]") {
    config settings = quiet_config();
    settings.limits.max_retained_messages = 1;
    server broker(settings);
    broker.start();
    message own;
    own.topic = "$SYS/app/state";
    own.payload = "1";
    own.retain = true;
    broker.publish(own);
    greeted client(broker);
    client.say(publish("a", '\x33'));
    CHECK(client.packet().substr(0, 4) == "\x40\3\0\7"s);
    CHECK(broker.retained("a"));
    CHECK(broker.clear_retained("$SYS/app/state"));
    client.say(publish("a", '\x33'));
    CHECK(client.packet().substr(0, 4) == "\x40\3\0\7"s);
    client.say(publish("b", '\x33'));
    CHECK(client.packet() == "\x40\3\0\7\x97"s);
}

TEST_CASE("a program publishes to topic names only", "[hooks]") {
    server broker(quiet_config());
    broker.start();
    for (const char* const topic : {"", "a/#", "not \xff text"}) {
        message what;
        what.topic = topic;
        CHECK_THROWS_AS(broker.publish(what), std::invalid_argument);
    }
}
