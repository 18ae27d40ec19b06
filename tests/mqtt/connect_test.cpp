#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

constexpr auto v5 = protocol_version::v5_0;

std::string head(protocol_version version, unsigned flags) {
    std::string out = prefixed(version == protocol_version::v3_1 ? "MQIsdp" : "MQTT");
    out += bytes({static_cast<unsigned>(version), flags, 0, 60});
    return out;
}

// Everything after the head: property lengths only in 5.0.
std::string tail(protocol_version version, unsigned flags) {
    const std::string none = version == v5 ? hex("00") : "";
    std::string out = none + prefixed("id");
    if ((flags & 0x04U) != 0) {
        out += none + prefixed("will/topic") + prefixed("payload");
    }
    if ((flags & 0x80U) != 0) {
        out += prefixed("user");
    }
    if ((flags & 0x40U) != 0) {
        out += prefixed("secret");
    }
    return out;
}

unsigned refusal(std::string_view body) {
    return failure_of(decode_connect(lone_frame(packet_type::connect, body)));
}

unsigned refusal(protocol_version version, unsigned flags) {
    return refusal(head(version, flags) + tail(version, flags));
}

}  // namespace

TEST_CASE("a CONNECT is read field by field [MQTT-3.1.3-1] [MQTT-3.1.3-3]", "[connect]") {
    const lone_frame frame(
        packet_type::connect,
        head(v5, 0xf6) + hex("05 11 00 00 00 0a") + prefixed("id") + hex("05 18 00 00 00 05") +
            prefixed("w/t") + prefixed("gone") + prefixed("user") + prefixed(hex("00 ff"))
    );
    const auto packet = decode_connect(frame).value();
    CHECK(packet.version == v5);
    CHECK_FALSE(packet.bridge);
    CHECK(packet.clean_start);
    CHECK(packet.keep_alive_seconds == 60);
    CHECK(packet.client_id == "id");
    CHECK(packet.properties[prop::session_expiry_interval] == 10U);
    REQUIRE(packet.will.has_value());
    CHECK(packet.will->quality == qos::exactly_once);
    CHECK(packet.will->retain);
    CHECK(packet.will->properties[prop::will_delay_interval] == 5U);
    CHECK(packet.will->topic == "w/t");
    CHECK(packet.will->payload == "gone");
    CHECK(packet.username == "user");
    CHECK(packet.password == hex("00 ff"));
}

TEST_CASE("a CONNECT without will and credentials has none", "[connect]") {
    for (const protocol_version version : every_version) {
        const lone_frame frame(packet_type::connect, head(version, 0) + tail(version, 0));
        const auto packet = decode_connect(frame).value();
        CHECK(packet.version == version);
        CHECK_FALSE(packet.clean_start);
        CHECK_FALSE(packet.will.has_value());
        CHECK_FALSE(packet.username.has_value());
        CHECK_FALSE(packet.password.has_value());
    }
}

TEST_CASE(
    "all connect flags are judged as 3.1.2.3 says [MQTT-3.1.2-3] [MQTT-3.1.2-11] [MQTT-3.1.2-12] "
    "[MQTT-3.1.2-13] [MQTT311-3.1.2-22]",
    "[connect]"
) {
    for (const protocol_version version : every_version) {
        for (unsigned flags = 0; flags < 256; ++flags) {
            const bool will = (flags & 0x04U) != 0;
            const unsigned quality = flags >> 3U & 3U;
            const bool retain = (flags & 0x20U) != 0;
            const bool lone_password = (flags & 0xc0U) == 0x40U;
            const bool bad = (flags & 1U) != 0 || quality == 3 ||
                             (!will && (quality > 0 || retain)) || (lone_password && version != v5);
            INFO("version " << static_cast<int>(version) << " flags " << flags);
            CHECK(refusal(version, flags) == (bad ? malformed_code : 0));
        }
    }
}

TEST_CASE("a password without a user name is fine in 5.0 alone [MQTT-3.1.2-19]", "[connect]") {
    const lone_frame frame(packet_type::connect, head(v5, 0x40) + tail(v5, 0x40));
    const auto packet = decode_connect(frame).value();
    CHECK_FALSE(packet.username.has_value());
    CHECK(packet.password == "secret");
}

TEST_CASE(
    "what the flags announce must be there, and nothing else [MQTT-3.1.2-9] [MQTT-3.1.2-16] "
    "[MQTT-3.1.2-17] [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.3-1]",
    "[connect]"
) {
    for (const protocol_version version : {protocol_version::v3_1_1, v5}) {
        // {announced, sent}
        const std::pair<unsigned, unsigned> lies[] = {
            {0x04, 0x00},
            {0x00, 0x04},
            {0x80, 0x00},
            {0x00, 0x80},
            {0xc0, 0x80},
            {0x80, 0xc0},
            {0xc0, 0x00},
            {0x84, 0x80},
        };
        for (const auto& [announced, sent] : lies) {
            INFO("announced " << announced << " sent " << sent);
            CHECK(refusal(head(version, announced) + tail(version, sent)) == malformed_code);
        }
    }
}

TEST_CASE("in 3.1 the end of the packet decides what it carries [MQTT31]", "[connect]") {
    constexpr auto old = protocol_version::v3_1;
    const lone_frame neither(packet_type::connect, head(old, 0xc0) + tail(old, 0));
    CHECK_FALSE(decode_connect(neither).value().username.has_value());
    CHECK_FALSE(decode_connect(neither).value().password.has_value());
    const lone_frame named(packet_type::connect, head(old, 0xc0) + tail(old, 0x80));
    CHECK(decode_connect(named).value().username == "user");
    CHECK_FALSE(decode_connect(named).value().password.has_value());
    CHECK(refusal(head(old, 0x00) + tail(old, 0x80)) == malformed_code);
    CHECK(refusal(head(old, 0xc0) + tail(old, 0x80) + hex("00")) == malformed_code);
}

TEST_CASE(
    "protocol names and levels other than ours are told apart [MQTT-3.1.2-1] [MQTT-3.1.2-2] "
    "[MQTT311-3.1.2-2]",
    "[connect]"
) {
    for (unsigned level = 0; level < 256; ++level) {
        INFO("level " << level);
        const auto connect = [&](std::string_view name) {
            return refusal(
                prefixed(name) + bytes({level, 0x02, 0, 60}) +
                tail(level == 5 ? v5 : protocol_version::v3_1, 0)
            );
        };
        const bool mqtt = level == 4 || level == 5 || level == 0x84;
        const bool old = level == 3 || level == 0x83;
        CHECK(connect("MQTT") == (mqtt ? 0 : 0x84));
        CHECK(connect("MQIsdp") == (old ? 0 : 0x84));
        CHECK(connect("mqtt") == 0x84);
        CHECK(connect("MQT") == 0x84);
        CHECK(connect("") == 0x84);
    }
}

TEST_CASE("bit 7 of the level says that a bridge of 3.x connects [MQTT31]", "[connect]") {
    const lone_frame frame(
        packet_type::connect, prefixed("MQIsdp") + hex("83 02 00 3c") + prefixed("id")
    );
    const auto packet = decode_connect(frame).value();
    CHECK(packet.bridge);
    CHECK(packet.version == protocol_version::v3_1);
    std::string out;
    encode(out, packet);
    CHECK(out == hex("10 10 00 06 'MQIsdp' 83 02 00 3c 00 02 'id'"));
}

TEST_CASE(
    "texts of a CONNECT are valid UTF-8 [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12] "
    "[MQTT311-1.5.3-1] [MQTT311-1.5.3-2]",
    "[connect]"
) {
    for (const protocol_version version : every_version) {
        const std::string none = version == v5 ? hex("00") : "";
        for (const std::string_view bad : {"00 01 ff", "00 03 ed a0 80", "00 03 'a' 00 'b'"}) {
            CHECK(refusal(head(version, 2) + none + hex(bad)) == malformed_code);
            CHECK(
                refusal(
                    head(version, 6) + none + prefixed("id") + none + hex(bad) + prefixed("p")
                ) == malformed_code
            );
            CHECK(
                refusal(head(version, 0x82) + none + prefixed("id") + hex(bad)) == malformed_code
            );
        }
        // Passwords and will payloads are any bytes.
        CHECK(
            refusal(
                head(version, 0xc6) + none + prefixed("id") + none + prefixed("t") +
                hex("00 01 ff") + prefixed("user") + hex("00 02 00 ff")
            ) == 0
        );
    }
}

TEST_CASE("a CONNECT may leave its identifier empty, and give one of any length", "[connect]") {
    for (const std::size_t size : {0U, 1U, 23U, 24U, 65'535U}) {
        for (const protocol_version version : every_version) {
            std::string out;
            const std::string id(size, 'x');
            encode(out, connect_packet{.version = version, .client_id = id});
            CHECK(decode_connect(lone_frame(out)).value().client_id == id);
        }
    }
}

TEST_CASE("a CONNECT cut in its head is malformed [MQTT-3.1.4-1]", "[connect]") {
    const std::string whole = head(v5, 2);
    for (std::size_t size = 2; size < whole.size(); ++size) {
        CHECK(refusal(byte_view(whole).substr(0, size)) == malformed_code);
    }
}

TEST_CASE("a CONNACK is read and written field by field [MQTT-3.2.2-1]", "[connect]") {
    properties said;
    said.set(prop::receive_maximum, std::uint16_t{10});
    std::string out;
    encode(out, connack_packet{true, {}, said}, v5);
    encode(out, connack_packet{false, reason_code::banned, {}}, v5);
    CHECK(out == hex("20 06 01 00 03 21 00 0a 20 03 00 8a 00"));
    const lone_frame given(hex("20 06 01 00 03 21 00 0a"));
    const auto packet = decode_connack(given, v5).value();
    CHECK(packet.session_present);
    CHECK(packet.properties[prop::receive_maximum] == 10);
    for (unsigned flags = 2; flags < 256; ++flags) {
        const lone_frame frame(packet_type::connack, bytes({flags, 0, 0}));
        CHECK(failure_of(decode_connack(frame, v5)) == malformed_code);
    }
}

TEST_CASE("a CONNACK has the codes of its table [MQTT-3.2.2-8]", "[connect]") {
    for (unsigned code = 0; code < 256; ++code) {
        const lone_frame frame(packet_type::connack, bytes({0, code, 0}));
        const bool allowed = is_allowed(packet_type::connack, static_cast<reason_code>(code));
        CHECK(decode_connack(frame, v5).has_value() == allowed);
        const lone_frame old(packet_type::connack, bytes({0, code}));
        CHECK(decode_connack(old, protocol_version::v3_1_1).has_value() == (code <= 5));
    }
}

TEST_CASE(
    "a CONNACK of 3.x has the nearest return code, or is not sent [MQTT311-3.2.2-6]", "[connect]"
) {
    using enum reason_code;
    CHECK(return_code_of(success) == 0);
    CHECK(return_code_of(unsupported_protocol_version) == 1);
    CHECK(return_code_of(client_identifier_not_valid) == 2);
    CHECK(return_code_of(server_unavailable) == 3);
    CHECK(return_code_of(quota_exceeded) == 3);
    CHECK(return_code_of(bad_user_name_or_password) == 4);
    CHECK(return_code_of(not_authorized) == 5);
    CHECK(return_code_of(banned) == 5);
    CHECK_FALSE(return_code_of(protocol_error).has_value());
    CHECK_FALSE(return_code_of(retain_not_supported).has_value());
    for (std::uint8_t code = 0; code <= 5; ++code) {
        CHECK(return_code_of(*reason_of_return_code(code)) == code);
    }
    CHECK_FALSE(reason_of_return_code(6).has_value());
}

TEST_CASE(
    "a CONNACK of 3.1 says nothing of the session, which its version does not know [MQTT31]",
    "[connect]"
) {
    std::string out;
    encode(out, connack_packet{true}, protocol_version::v3_1);
    encode(out, connack_packet{true}, protocol_version::v3_1_1);
    CHECK(out == hex("20 02 00 00 20 02 01 00"));
}

TEST_CASE(
    "an unsupported version is refused in a form its sender may know [MQTT-3.1.2-2] "
    "[MQTT311-3.1.2-2]",
    "[connect]"
) {
    const auto answer = [](std::string_view name, unsigned level) {
        return refusal_of_version(
            lone_frame(packet_type::connect, prefixed(name) + bytes({level, 2, 0, 60}))
        );
    };
    CHECK(answer("MQTT", 6) == hex("20 03 00 84 00"));
    CHECK(answer("MQTT", 3) == hex("20 02 00 01"));
    CHECK(answer("MQIsdp", 4) == hex("20 02 00 01"));
    // Whoever speaks another protocol does not understand ours.
    CHECK(answer("AMQP", 9).empty());
}
