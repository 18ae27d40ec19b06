#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

constexpr packet_type acks[] = {
    packet_type::puback, packet_type::pubrec, packet_type::pubrel, packet_type::pubcomp};

decoded<ack> read(packet_type type, std::string_view body, protocol_version version) {
    return decode_ack(lone_frame(type, body), version);
}

decoded<ack> read(packet_type type, std::string_view body) {
    return read(type, body, protocol_version::v5_0);
}

}  // namespace

TEST_CASE("an acknowledgement of two bytes is a success [X-DISC-3]", "[ack]") {
    for (const packet_type type : acks) {
        for (const protocol_version version : every_version) {
            const auto packet = read(type, hex("12 34"), version).value();
            CHECK(packet.packet_id == 0x1234);
            CHECK(packet.reason == reason_code::success);
            CHECK(packet.properties.empty());
        }
    }
}

TEST_CASE("an acknowledgement of three bytes has a reason and no properties [X-DISC-3]", "[ack]") {
    CHECK(read(packet_type::puback, hex("00 01 87")).value().reason == reason_code::not_authorized);
    CHECK(read(packet_type::puback, hex("00 01 00")).value().reason == reason_code::success);
    const auto comp = read(packet_type::pubcomp, hex("00 01 92")).value();
    CHECK(comp.reason == reason_code::packet_identifier_not_found);
}

TEST_CASE("an acknowledgement may say why in its properties", "[ack]") {
    const lone_frame frame(packet_type::pubrec, hex("00 01 97 09 1f 00 06 'no way'"));
    const auto packet = decode_ack(frame, protocol_version::v5_0).value();
    CHECK(packet.reason == reason_code::quota_exceeded);
    CHECK(packet.properties[prop::reason_string] == "no way");
}

TEST_CASE("an acknowledgement of packet identifier 0 is a protocol error [MQTT-2.2.1-3]", "[ack]") {
    for (const packet_type type : acks) {
        for (const protocol_version version : every_version) {
            CHECK(failure_of(read(type, hex("00 00"), version)) == protocol_error_code);
        }
    }
}

TEST_CASE(
    "an acknowledgement with a reason from another table is a protocol error [MQTT-3.4.2-1] "
    "[MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]",
    "[ack]"
) {
    for (const packet_type type : acks) {
        for (unsigned code = 0; code < 256; ++code) {
            const bool allowed = is_allowed(type, static_cast<reason_code>(code));
            const auto result = read(type, hex("00 01") + bytes({code, 0}));
            INFO("type " << static_cast<unsigned>(type) << " code " << code);
            CHECK(failure_of(result) == (allowed ? 0 : protocol_error_code));
        }
    }
    CHECK(failure_of(read(packet_type::pubrec, hex("00 01 93"))) == protocol_error_code);
}

TEST_CASE("an acknowledgement of 3.x ends after the packet identifier", "[ack]") {
    for (const packet_type type : acks) {
        CHECK(failure_of(read(type, hex("00 01 00"), protocol_version::v3_1)) == malformed_code);
        CHECK(failure_of(read(type, hex("00 01 00"), protocol_version::v3_1_1)) == malformed_code);
    }
}

TEST_CASE("an acknowledgement with bytes after its properties is malformed", "[ack]") {
    CHECK(failure_of(read(packet_type::puback, hex("00 01 00 00 00"))) == malformed_code);
    CHECK(failure_of(read(packet_type::puback, hex("00 01 00 05 1f 00 01 'x'"))) == malformed_code);
}

TEST_CASE("an acknowledgement takes four bytes if there is nothing to say [X-DISC-3]", "[ack]") {
    for (const protocol_version version : every_version) {
        std::string out = "before";
        encode(out, puback_packet{0x1234}, version);
        encode(out, pubrec_packet{0x1234}, version);
        encode(out, pubrel_packet{0x1234}, version);
        encode(out, pubcomp_packet{0x1234}, version);
        CHECK(out == hex("'before' 40 02 12 34 50 02 12 34 62 02 12 34 70 02 12 34"));
    }
}

TEST_CASE("an acknowledgement with a reason takes five bytes [X-DISC-3]", "[ack]") {
    std::string out;
    encode(out, pubrel_packet{7, reason_code::packet_identifier_not_found}, protocol_version::v5_0);
    CHECK(out == hex("62 03 00 07 92"));
}

TEST_CASE("an acknowledgement with properties has a reason too, be it success", "[ack]") {
    properties said;
    said.set(prop::reason_string, "ok");
    std::string out;
    encode(out, puback_packet{7, {}, said}, protocol_version::v5_0);
    CHECK(out == hex("40 09 00 07 00 05 1f 00 02 'ok'"));
}

TEST_CASE("no reason code reaches a client of 3.x in an acknowledgement [MQTT-MIXED]", "[ack]") {
    std::string out;
    encode(out, puback_packet{7, reason_code::no_matching_subscribers}, protocol_version::v3_1_1);
    encode(out, pubrec_packet{7, reason_code::no_matching_subscribers}, protocol_version::v3_1);
    CHECK(out == hex("40 02 00 07 50 02 00 07"));
}
