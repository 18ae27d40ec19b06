#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

constexpr auto v5 = protocol_version::v5_0;

decoded<disconnect_packet> leave(std::string_view body) {
    return decode_disconnect_from_client(lone_frame(packet_type::disconnect, body), v5);
}

decoded<auth_packet> authenticate(std::string_view body) {
    return decode_auth_from_client(lone_frame(packet_type::auth, body), v5);
}

}  // namespace

TEST_CASE("an empty DISCONNECT is a normal one [X-DISC-3]", "[disconnect]") {
    for (const protocol_version version : every_version) {
        const lone_frame frame(packet_type::disconnect, "");
        const auto packet = decode_disconnect_from_client(frame, version).value();
        CHECK(packet.reason.code() == reason_code::normal_disconnection);
        CHECK(packet.properties.empty());
    }
}

TEST_CASE("a DISCONNECT of one byte has a reason and no properties [X-DISC-3]", "[disconnect]") {
    CHECK(leave(hex("04")).value().reason.code() == reason_code::disconnect_with_will_message);
    CHECK(leave(hex("00")).value().reason.code() == reason_code::normal_disconnection);
}

TEST_CASE("a DISCONNECT may change the session expiry interval [X-DISC-2]", "[disconnect]") {
    const lone_frame frame(packet_type::disconnect, hex("00 05 11 00 00 01 2c"));
    const auto packet = decode_disconnect_from_client(frame, v5).value();
    CHECK(packet.properties[prop::session_expiry_interval] == 300U);
}

TEST_CASE("a client gives the reasons the table leaves to it [MQTT-3.14.2-1]", "[disconnect]") {
    // The column "sent by" of 3.14.2.1.
    const std::set<unsigned> client{
        0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99};
    for (unsigned code = 0; code < 256; ++code) {
        INFO("code " << code);
        CHECK(
            failure_of(leave(bytes({code}))) == (client.contains(code) ? 0 : protocol_error_code)
        );
        const lone_frame frame(packet_type::disconnect, bytes({code}));
        const bool allowed = is_allowed(packet_type::disconnect, static_cast<reason_code>(code));
        CHECK(decode_disconnect(frame, v5).has_value() == allowed);
    }
}

TEST_CASE("a client refers to no other server", "[disconnect]") {
    CHECK(failure_of(leave(hex("00 04 1c 00 01 'x'"))) == protocol_error_code);
    const lone_frame moved(packet_type::disconnect, hex("9d 04 1c 00 01 'x'"));
    CHECK(decode_disconnect(moved, v5).value().properties[prop::server_reference] == "x");
}

TEST_CASE("a DISCONNECT of 3.x with a body is malformed", "[disconnect]") {
    for (const protocol_version version : {protocol_version::v3_1, protocol_version::v3_1_1}) {
        const lone_frame frame(packet_type::disconnect, hex("00"));
        CHECK(failure_of(decode_disconnect_from_client(frame, version)) == malformed_code);
    }
}

TEST_CASE("a DISCONNECT with bytes after its properties is malformed", "[disconnect]") {
    CHECK(failure_of(leave(hex("00 00 00"))) == malformed_code);
    CHECK(failure_of(leave(hex("00 05"))) == malformed_code);
}

TEST_CASE("a DISCONNECT is written as short as it can be [X-DISC-3]", "[disconnect]") {
    std::string out;
    encode(out, disconnect_packet{}, v5);
    encode(out, disconnect_packet{reason_code::session_taken_over}, v5);
    encode(out, disconnect_packet{reason_code::session_taken_over}, protocol_version::v3_1_1);
    CHECK(out == hex("e0 00 e0 01 8e e0 00"));
    properties said;
    said.set(prop::reason_string, "bye");
    out.clear();
    encode(out, disconnect_packet{reason_code::server_shutting_down, said}, v5);
    CHECK(out == hex("e0 08 8b 06 1f 00 03 'bye'"));
}

TEST_CASE("an AUTH carries reason, method and data", "[disconnect]") {
    const lone_frame frame(packet_type::auth, hex("18 0c 15 00 05 'SCRAM' 16 00 01 00"));
    const auto packet = decode_auth_from_client(frame, v5).value();
    CHECK(packet.reason.code() == reason_code::continue_authentication);
    CHECK(packet.properties[prop::authentication_method] == "SCRAM");
    CHECK(packet.properties[prop::authentication_data] == bytes({0}));
}

TEST_CASE("an empty AUTH is a success, which is the server's to say [X-DISC-3]", "[disconnect]") {
    const lone_frame frame(packet_type::auth, "");
    CHECK(decode_auth(frame, v5).value().reason.code() == reason_code::success);
    CHECK(failure_of(decode_auth_from_client(frame, v5)) == protocol_error_code);
}

TEST_CASE(
    "an AUTH has the reasons of its table in their direction [MQTT-3.15.2-1]", "[disconnect]"
) {
    for (unsigned code = 0; code < 256; ++code) {
        INFO("code " << code);
        const bool client = code == 0x18 || code == 0x19;
        CHECK(failure_of(authenticate(bytes({code}))) == (client ? 0 : protocol_error_code));
        const lone_frame frame(packet_type::auth, bytes({code}));
        CHECK(decode_auth(frame, v5).has_value() == (client || code == 0));
    }
}

TEST_CASE("an AUTH before 5.0 is malformed [X-TYPE-1]", "[disconnect]") {
    for (const protocol_version version : {protocol_version::v3_1, protocol_version::v3_1_1}) {
        const lone_frame frame(packet_type::auth, hex("18"));
        CHECK(failure_of(decode_auth(frame, version)) == malformed_code);
        CHECK(failure_of(decode_auth_from_client(frame, version)) == malformed_code);
    }
}

TEST_CASE("an AUTH is written with its reason", "[disconnect]") {
    std::string out;
    encode(out, auth_packet{reason_code::continue_authentication}, v5);
    encode(out, auth_packet{}, v5);
    CHECK(out == hex("f0 01 18 f0 00"));
}

TEST_CASE("a ping has no body", "[disconnect]") {
    CHECK(decode_pingreq(lone_frame(packet_type::pingreq, "")).has_value());
    CHECK(decode_pingresp(lone_frame(packet_type::pingresp, "")).has_value());
    const frame stretched{packet_type::pingreq, 0, "x", "x"};
    CHECK(failure_of(decode_pingreq(stretched)) == malformed_code);
    CHECK(failure_of(decode_pingresp(stretched)) == malformed_code);
    std::string out;
    encode(out, pingreq_packet{}, v5);
    encode(out, pingresp_packet{}, protocol_version::v3_1);
    CHECK(out == hex("c0 00 d0 00"));
}
