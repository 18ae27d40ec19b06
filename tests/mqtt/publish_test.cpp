#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

constexpr auto v5 = protocol_version::v5_0;

unsigned refusal(unsigned first_byte, std::string_view body, protocol_version version = v5) {
    const lone_frame frame(packet_bytes(first_byte, body));
    return failure_of(decode_publish(frame, version));
}

}  // namespace

TEST_CASE("a PUBLISH is read field by field", "[publish]") {
    const lone_frame frame(hex("3d 14 00 03 'a/b' 12 34 05 02 00 00 00 0a 'payload'"));
    const auto packet = decode_publish(frame, v5).value();
    CHECK(packet.dup);
    CHECK(packet.quality == qos::exactly_once);
    CHECK(packet.retain);
    CHECK(packet.packet_id == 0x1234);
    CHECK(packet.topic == "a/b");
    CHECK(packet.properties[prop::message_expiry_interval] == 10U);
    CHECK(packet.payload == "payload");
}

TEST_CASE("a PUBLISH with QoS 0 has no packet identifier [MQTT-2.2.1-2]", "[publish]") {
    const lone_frame frame(hex("30 07 00 01 'a' 12 34 'p' 'q'"));
    const auto old = decode_publish(frame, protocol_version::v3_1_1).value();
    CHECK(old.packet_id == 0);
    CHECK(old.payload == hex("12 34 'pq'"));
    std::string out;
    encode(out, publish_packet{.packet_id = 9, .topic = "a", .payload = "p"}, v5);
    CHECK(out == hex("30 05 00 01 'a' 00 'p'"));
}

TEST_CASE("a PUBLISH may have no payload", "[publish]") {
    CHECK(decode_publish(lone_frame(hex("30 03 00 01 'a'")), protocol_version::v3_1)
              .value()
              .payload.empty());
    CHECK(decode_publish(lone_frame(hex("30 04 00 01 'a' 00")), v5).value().payload.empty());
}

TEST_CASE(
    "a PUBLISH of packet identifier 0 is a protocol error [MQTT-2.2.1-3] [MQTT311-2.3.1-1]",
    "[publish]"
) {
    for (const unsigned first : {0x32U, 0x34U, 0x3aU, 0x3dU}) {
        for (const protocol_version version : every_version) {
            CHECK(refusal(first, hex("00 01 'a' 00 00 00"), version) == protocol_error_code);
        }
    }
}

TEST_CASE("a PUBLISH without room for its packet identifier is malformed", "[publish]") {
    CHECK(refusal(0x32, hex("00 01 'a'")) == malformed_code);
    CHECK(refusal(0x32, hex("00 01 'a' 12")) == malformed_code);
}

TEST_CASE(
    "a topic name is valid UTF-8 and comes first [MQTT-3.3.2-1] [MQTT-1.5.4-1] [MQTT-1.5.4-2] "
    "[MQTT-4.7.3-2] [MQTT311-1.5.3-1] [MQTT311-1.5.3-2]",
    "[publish]"
) {
    for (const protocol_version version : every_version) {
        CHECK(refusal(0x30, hex("00 02 c0 80 00"), version) == malformed_code);
        CHECK(refusal(0x30, hex("00 03 ed a0 80 00"), version) == malformed_code);
        CHECK(refusal(0x30, hex("00 03 'a' 00 'b' 00"), version) == malformed_code);
        CHECK(refusal(0x30, hex("00 09 'a'"), version) == malformed_code);
        CHECK(refusal(0x30, hex("00 01"), version) == malformed_code);
    }
}

TEST_CASE("a byte order mark stays in a topic name [MQTT-1.5.4-3]", "[publish]") {
    const lone_frame frame(hex("30 06 00 04 ef bb bf 'a'"));
    CHECK(decode_publish(frame, protocol_version::v3_1_1).value().topic == hex("ef bb bf 'a'"));
}

TEST_CASE("an empty topic name needs an alias [MQTT-3.3.2-1] [MQTT-4.7.3-1]", "[publish]") {
    CHECK(refusal(0x30, hex("00 00 00 'p'")) == protocol_error_code);
    CHECK(refusal(0x30, hex("00 00 'p'"), protocol_version::v3_1_1) == malformed_code);
    CHECK(refusal(0x30, hex("00 00 03 23 00 01 'p'")) == 0);
}

TEST_CASE("topic alias 0 is invalid [MQTT-3.3.2-8]", "[publish]") {
    CHECK(refusal(0x30, hex("00 01 'a' 03 23 00 00")) == 0x94);
}

TEST_CASE("a client sends no subscription identifier [MQTT-3.3.4-6]", "[publish]") {
    const auto body = hex("00 01 'a' 02 0b 05");
    CHECK(refusal(0x30, body) == protocol_error_code);
    const lone_frame frame(packet_bytes(0x30, body));
    const auto packet = decode_publish_from_server(frame, v5).value();
    CHECK(packet.properties[prop::subscription_identifier] == 5U);
}

TEST_CASE("a PUBLISH of 3.x has no properties", "[publish]") {
    const lone_frame frame(hex("30 06 00 01 'a' 02 0b 05"));
    CHECK(decode_publish(frame, protocol_version::v3_1_1).value().payload == hex("02 0b 05"));
    properties some;
    some.set(prop::content_type, "text");
    std::string out;
    encode(
        out,
        publish_packet{.topic = "a", .properties = some, .payload = "p"},
        protocol_version::v3_1_1
    );
    CHECK(out == hex("30 04 00 01 'a' 'p'"));
}

TEST_CASE(
    "a PUBLISH is written with its flags and an explicit property length [MQTT-2.2.2-1]",
    "[publish]"
) {
    std::string out;
    encode(out, publish_packet{true, qos::at_least_once, true, 0x1234, "a/b", {}, "p"}, v5);
    CHECK(out == hex("3b 09 00 03 'a/b' 12 34 00 'p'"));
}

TEST_CASE("a topic name of 65535 bytes is read and written [MQTT-4.7.3-3]", "[publish]") {
    const std::string topic(65'535, 't');
    std::string out;
    encode(out, publish_packet{.topic = topic, .payload = "p"}, v5);
    const lone_frame frame(out);
    CHECK(decode_publish(frame, v5).value().topic == topic);
}

TEST_CASE("the limits of properties apply to a PUBLISH", "[publish]") {
    const lone_frame frame(packet_bytes(0x30, hex("00 01 'a' 0a 26 00 00 00 00 26 00 00 00 00")));
    CHECK(decode_publish(frame, v5, {.maximum_user_properties = 2}).has_value());
    CHECK(failure_of(decode_publish(frame, v5, {.maximum_user_properties = 1})) == 0x97);
    CHECK(decode_publish(frame, v5, {.maximum_property_bytes = 10}).has_value());
    CHECK(failure_of(decode_publish(frame, v5, {.maximum_property_bytes = 9})) == 0x95);
}
