// Bytes to frames to packets, however they arrive.
#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

const std::string ping = "\xC0\0"s;
const std::string pong = "\xD0\0"s;

}  // namespace

TEST_CASE("packets may come byte by byte, or all at once", "[consume]") {
    exchange with;
    connect_packet hello;
    hello.client_id = "c";
    subscribe_packet all;
    all.packet_id = 1;
    all.filters = {{"#", {}}};
    const std::string bytes = peer::bytes_of(hello) + peer::bytes_of(all) +
                              peer::bytes_of(peer::publication("t", qos::at_least_once)) + ping;
    const std::size_t step = GENERATE(1U, 2U, 3U, 7U, 1000U);
    peer one(with);
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        one.say(std::string_view(bytes).substr(at, step));
        seen += one.read();
    }
    CHECK(seen.front() == '\x20');
    CHECK(seen.find("\x90\4\0\1\0\0"s) != std::string::npos);
    CHECK(seen.find("\x40\2\0\7"s) != std::string::npos);
    CHECK(seen.find("\x30\5\0\1t\0x"s) != std::string::npos);
    CHECK(seen.find(pong) != std::string::npos);
    CHECK(one.there()->held_bytes() == 0);
}

TEST_CASE("a packet larger than allowed ends the connection [MQTT-3.2.2-15]", "[consume]") {
    exchange with;
    with.rules->mqtt.max_packet_size = 100;
    peer one(with);
    one.connect();
    one.say("\x30\xF0\1"s);  // nobody waits for the rest
    CHECK(one.read() == "\xE0\1\x95"s);
}

TEST_CASE("a packet that only a server sends ends the connection [X-TYPE-1]", "[consume]") {
    exchange with;
    const std::string which = GENERATE("\x20\3\0\0\0"s, "\x90\4\0\1\0\0"s, "\xD0\0"s);
    peer one(with);
    one.connect();
    one.say(which);
    CHECK(one.read() == "\xE0\1\x82"s);
}

TEST_CASE("what comes behind an error is nobody's", "[consume]") {
    exchange with;
    peer reader(with);
    reader.connect("reader");
    reader.subscribe("t");
    peer one(with);
    one.connect();
    one.say("\xF0\0"s + peer::bytes_of(peer::publication("t", qos::at_most_once)) + ping);
    CHECK(one.read() == "\xE0\1\x82"s);
    one.say(ping);
    CHECK(one.read().empty());
    CHECK(reader.read().empty());
}

TEST_CASE("a ping is answered behind the CONNACK, however slow the store", "[consume]") {
    exchange with(true);
    const properties expiry =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
    connect_packet lasting;
    lasting.client_id = "c";
    lasting.properties = expiry;
    peer one(with);
    one.say(peer::bytes_of(lasting) + ping);
    CHECK(one.read().empty());
    with.commit();
    const std::string seen = one.read();
    CHECK(seen.front() == '\x20');
    CHECK(seen.substr(seen.size() - 2) == pong);
}

TEST_CASE("a burst of messages is delivered while it is read, not dropped", "[consume]") {
    exchange with;
    with.policy->outbox.maximum_messages = 300;
    peer one(with);
    one.connect();
    one.subscribe("t");
    const std::string message = peer::bytes_of(peer::publication("t", qos::at_most_once));
    std::string burst;
    for (int count = 0; count < 2000; ++count) {
        burst += message;
    }
    one.say(burst);
    CHECK(one.read().size() == burst.size());
    CHECK(with.broker.numbers().dropped() == 0);
}
