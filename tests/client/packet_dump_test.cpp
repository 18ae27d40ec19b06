#include "client/packet_dump.hpp"
#include "mqtt/encode.hpp"
#include "support/captured_log.hpp"

#include <lmqtt/packet.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt;
using client::summarize;

namespace {

template <class Packet>
std::string encoded(const Packet& packet, protocol_version version) {
    std::string bytes;
    mqtt::encode(bytes, packet, version);
    return bytes;
}

constexpr auto versions = {
    protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5_0};

}  // namespace

TEST_CASE("a PUBLISH is told by topic and identifier, also without its payload", "[dump]") {
    for (const auto version : versions) {
        publish_packet packet;
        packet.quality = qos::at_least_once;
        packet.packet_id = 77;
        packet.topic = "a/b";
        packet.payload = "secret";
        const std::string whole = encoded(packet, version);
        const std::string head = whole.substr(0, whole.size() - packet.payload.size());
        const auto said = summarize(head, version);
        CHECK(said.type == packet_type::publish);
        CHECK(said.packet_id == 77);
        CHECK(said.topic == "a/b");
        CHECK(said.bytes == whole.size());
    }
}

TEST_CASE("acknowledgements are told by identifier and reason", "[dump]") {
    puback_packet packet;
    packet.packet_id = 12;
    packet.reason = reason_code::quota_exceeded;
    const auto said = summarize(encoded(packet, protocol_version::v5_0), protocol_version::v5_0);
    CHECK(said.type == packet_type::puback);
    CHECK(said.packet_id == 12);
    CHECK(said.reason == 0x97);
    const auto short_one =
        summarize(encoded(packet, protocol_version::v3_1_1), protocol_version::v3_1_1);
    CHECK(short_one.packet_id == 12);
    CHECK_FALSE(short_one.reason);
}

TEST_CASE("a CONNECT is told by its client identifier in every version", "[dump]") {
    for (const auto version : versions) {
        connect_packet packet;
        packet.version = version;
        packet.client_id = "meter-17";
        packet.username = "somebody";
        packet.password = "hunter2";
        const std::string whole = encoded(packet, version);
        const auto said = summarize(whole, protocol_version::v3_1_1);
        CHECK(said.type == packet_type::connect);
        CHECK(said.client_id == "meter-17");
    }
}

TEST_CASE("a SUBSCRIBE is told by its first filter", "[dump]") {
    for (const auto version : versions) {
        subscribe_packet packet;
        packet.packet_id = 3;
        packet.filters.push_back({"x/#", {}});
        const std::string whole = encoded(packet, version);
        const auto said = summarize(whole, version);
        CHECK(said.packet_id == 3);
        CHECK(said.topic == "x/#");
    }
}

TEST_CASE("DISCONNECT and CONNACK are told by their reason", "[dump]") {
    disconnect_packet goodbye;
    goodbye.reason = reason_code::server_shutting_down;
    CHECK(
        summarize(encoded(goodbye, protocol_version::v5_0), protocol_version::v5_0).reason == 0x8B
    );
    connack_packet greeting;
    greeting.reason = reason_code::not_authorized;
    CHECK(
        summarize(encoded(greeting, protocol_version::v5_0), protocol_version::v5_0).reason == 0x87
    );
    CHECK(summarize(std::string("\xC0\x00", 2), protocol_version::v5_0).bytes == 2);
}

TEST_CASE("a line never has a password or a payload in it", "[dump]") {
    test::captured_log log;
    auto logger = log.logger("client");
    connect_packet packet;
    packet.client_id = "meter-17";
    packet.username = "somebody";
    packet.password = "hunter2";
    const std::string whole = encoded(packet, packet.version);
    client::dump_packet(logger, "received", "", summarize(whole, packet.version));
    CHECK(log.contains("CONNECT"));
    CHECK(log.contains("meter-17"));
    CHECK_FALSE(log.contains("hunter2"));
    CHECK_FALSE(log.contains("somebody"));

    publish_packet message;
    message.topic = "a/b";
    message.payload = "canary";
    for (const auto version : versions) {
        client::dump_packet(logger, "received", "", summarize(encoded(message, version), version));
    }
    CHECK(log.contains("PUBLISH"));
    CHECK(log.contains("a/b"));
    CHECK_FALSE(log.contains("canary"));
}
