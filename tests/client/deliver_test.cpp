// From the session to the wire.
#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

// A reader of "#" with terms of its own, and a program that publishes.
struct delivery {
    exchange with;
    properties terms;
    peer reader;

    explicit delivery(properties its = {}, bool durable = false)
        : with(durable)
        , terms(std::move(its))
        , reader(with) {
        connect_packet what;
        what.client_id = "reader";
        what.properties = terms;
        reader.say(what);
        subscribe_packet all;
        all.packet_id = 1;
        all.filters = {{"#", {qos::exactly_once}}};
        reader.say(all);
        with.commit();
        reader.read();
    }

    void publish(std::string topic, std::string payload, qos quality = qos::at_most_once) {
        message what;
        what.topic = std::move(topic);
        what.payload = std::move(payload);
        what.quality = quality;
        publish(what);
    }

    void publish(const message& what) {
        with.broker.publish(what, {0, {}, *with.policy}, with.env.milliseconds(now()));
        with.settle();
    }

    base::steady_time now() { return with.clock.now().steady; }
};

properties aliases(std::uint16_t maximum) {
    return std::move(properties().set(prop::topic_alias_maximum, maximum));
}

}  // namespace

TEST_CASE("the receiver's window is not exceeded [MQTT-3.3.4-9]", "[deliver]") {
    delivery of(std::move(properties().set(prop::receive_maximum, std::uint16_t{2})));
    for (const char* const payload : {"1", "2", "3"}) {
        of.publish("t", payload, qos::at_least_once);
    }
    of.publish("t", "0");  // passes by [MQTT-3.3.4-10]
    CHECK(of.reader.read() == "\x32\7\0\1t\0\1\0\x31\x32\7\0\1t\0\2\0\x32\x30\5\0\1t\0\x30"s);
    of.reader.say("\x40\2\0\1"s);
    CHECK(of.reader.read() == "\x32\7\0\1t\0\3\0\x33"s);
}

TEST_CASE("a long topic is sent once, then by its alias [MQTT-3.3.2-8]", "[deliver]") {
    delivery of(aliases(1));
    of.publish("topic", "1");
    of.publish("topic", "2");
    of.publish("t", "3");  // an alias would be longer
    CHECK(
        of.reader.read() ==
        "\x30\x0C\0\5topic\3\x23\0\1\x31\x30\7\0\0\3\x23\0\1\x32\x30\5\0\1t\0\x33"s
    );
}

TEST_CASE("without an alias maximum there are no aliases [MQTT-3.1.2-27]", "[deliver]") {
    delivery of;
    of.publish("topic", "1");
    of.publish("topic", "2");
    CHECK(of.reader.read() == "\x30\x09\0\5topic\0\x31\x30\x09\0\5topic\0\x32"s);
}

TEST_CASE("what is larger than the client takes is not sent [MQTT-3.1.2-24]", "[deliver]") {
    delivery of(std::move(properties().set(prop::maximum_packet_size, std::uint32_t{30})));
    of.publish("t", std::string(25, 'x'));
    of.publish("t", std::string(24, 'y'));
    CHECK(of.reader.read() == "\x30\x1C\0\1t\0"s + std::string(24, 'y'));
    CHECK(of.with.broker.numbers().dropped_too_large.value() == 1);
}

TEST_CASE("an expiry interval shrinks while the message waits [MQTT-3.3.2-6]", "[deliver]") {
    delivery of(std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100})));
    of.reader.say(disconnect_packet{});
    message what;
    what.topic = "t";
    what.payload = "x";
    what.properties.set(prop::message_expiry_interval, std::uint32_t{10});
    of.publish(what);
    of.with.pass(4s);
    peer again(of.with);
    connect_packet hello;
    hello.client_id = "reader";
    hello.clean_start = false;
    const std::string seen = again.connect(hello);
    CHECK(seen.substr(seen.size() - 12) == "\x30\x0A\0\1t\5\2\0\0\0\6x"s);
}

TEST_CASE("a large payload arrives whole, in its place", "[deliver]") {
    delivery of;
    const std::string large(50'000, 'L');
    of.publish("t", "before");
    of.publish("t", large);
    of.publish("t", "behind");
    std::string seen;
    while (seen.find("behind") == std::string::npos) {
        seen += of.reader.read();
        of.with.settle();
    }
    CHECK(seen.find(large) != std::string::npos);
    CHECK(seen.find("before") < seen.find(large));
    CHECK(seen.find(large) < seen.find("behind"));
}

TEST_CASE("no more is written than may lie in the output; the rest follows", "[deliver]") {
    exchange with;
    with.rules->limits.max_output_bytes = 20'000;
    peer reader(with, 4096);
    reader.connect();
    reader.subscribe("#");
    message what;
    what.topic = "t";
    what.payload = std::string(900, 'x');
    constexpr std::size_t count = 200;
    for (std::size_t number = 0; number < count; ++number) {
        with.broker.publish(what, {0, {}, *with.policy}, 0);
    }
    with.settle();
    CHECK(reader.there()->held_bytes() < 21'000);
    std::string seen;
    while (seen.size() < count * 907) {
        seen += reader.read();
        with.settle();
    }
    CHECK(seen.size() == count * 907);
    CHECK(with.broker.numbers().dropped() == 0);
}

TEST_CASE("a publisher that does not read is not read from", "[deliver]") {
    exchange with;
    with.rules->limits.max_output_bytes = 10'000;
    peer deaf(with, 4096);
    deaf.connect();
    deaf.subscribe("#");
    const std::string bytes =
        peer::bytes_of(peer::publication("t", qos::at_most_once, 0, std::string(900, 'x')));
    for (int number = 0; number < 100; ++number) {
        deaf.say(bytes);
    }
    const auto taken = with.broker.numbers().publish_received.value();
    CHECK(taken < 100);
    std::string seen;
    while (seen.size() < 100 * bytes.size()) {
        seen += deaf.read();
        with.settle();
    }
    CHECK(with.broker.numbers().publish_received.value() == 100);
}

TEST_CASE("an acknowledgement is short where it can be [X-DISC-3]", "[deliver]") {
    exchange with;
    with.decisions.on_msg_arrived = [](publish_request& request) {
        const bool talkative = request.what.topic == "talk";
        return decision{
            talkative ? reason_code::not_authorized : reason_code::success,
            talkative ? "because" : ""};
    };
    const properties quiet =
        std::move(properties().set(prop::request_problem_information, std::uint8_t{0}));
    peer listening(with);
    listening.connect("l");
    listening.subscribe("t");
    peer deaf(with);
    connect_packet what;
    what.client_id = "d";
    what.properties = quiet;
    deaf.connect(what);
    for (peer* each : {&listening, &deaf}) {
        each->say(peer::publication("t", qos::at_least_once));
    }
    CHECK(deaf.read() == "\x40\2\0\7"s);
    for (peer* each : {&listening, &deaf}) {
        each->read();
        each->say(peer::publication("talk", qos::at_least_once));
    }
    CHECK(listening.read() == "\x40\x0E\0\7\x87\x0A\x1F\0\7because"s);
    CHECK(deaf.read() == "\x40\3\0\7\x87"s);  // [MQTT-3.1.2-29]
}

TEST_CASE(
    "what one turn brings may be more than output and queue hold, for who reads", "[deliver]"
) {
    delivery of;
    of.with.rules->limits.max_output_bytes = 1000;
    of.with.policy->outbox.maximum_messages = 300;
    peer publisher(of.with);
    publisher.connect("p");
    constexpr int count = 5000;
    const std::string one = peer::bytes_of(peer::publication("t", qos::at_most_once));
    std::string burst;
    for (int number = 0; number < count; ++number) {
        burst += one;
    }
    publisher.say(burst);
    CHECK(of.reader.read().size() == count * one.size());
    CHECK(of.with.broker.numbers().dropped_queue_full.value() == 0);
}

TEST_CASE("pings do not make a turn look for retained messages again and again", "[deliver]") {
    exchange with;
    with.policy->outbox.maximum_messages = 2;  // one of them at a time
    peer publisher(with);
    publisher.connect("p");
    for (const std::string topic : {"a/1", "a/2", "a/3"}) {
        auto kept = peer::publication(topic, qos::at_most_once);
        kept.retain = true;
        publisher.say(kept);
    }
    peer reader(with);
    reader.connect("r");
    subscribe_packet all;
    all.packet_id = 1;
    all.filters = {{"#", {qos::at_most_once}}};
    const std::string suback = "\x90\4\0\1\0\0"s;
    const std::string pongs = "\xD0\0\xD0\0\xD0\0"s;
    reader.say(peer::bytes_of(all) + "\xC0\0\xC0\0\xC0\0"s);
    const std::string said = reader.read();
    CHECK(said.starts_with(suback + pongs));
    CHECK(said.size() == suback.size() + pongs.size() + 3 * "\x31\7\0\3a/1\0x"s.size());
}
