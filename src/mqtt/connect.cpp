// CONNECT and CONNACK. (3.1, 3.2)
#include "base/utf8.hpp"
#include "mqtt/byte_writer.hpp"
#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"

namespace lmqtt::mqtt {

namespace {

constexpr std::uint8_t bridge_bit = 0x80;

std::optional<protocol_version> version_of(byte_view name, std::uint8_t level) {
    if (name == "MQIsdp" && level == 3) {
        return protocol_version::v3_1;
    }
    if (name == "MQTT" && (level == 4 || level == 5)) {
        return static_cast<protocol_version>(level);
    }
    return std::nullopt;
}

struct connect_flags {
    bool clean_start, will, will_retain, password, username;
    std::uint8_t will_qos;

    explicit connect_flags(unsigned bits)
        : clean_start((bits & 0x02U) != 0)
        , will((bits & 0x04U) != 0)
        , will_retain((bits & 0x20U) != 0)
        , password((bits & 0x40U) != 0)
        , username((bits & 0x80U) != 0)
        , will_qos(static_cast<std::uint8_t>(bits >> 3U & 3U)) {}
};

const char* objection_to(unsigned bits, const connect_flags& flags, protocol_version version) {
    if ((bits & 1U) != 0) {
        return "reserved connect flag";  // [MQTT-3.1.2-3]
    }
    if (!flags.will && (flags.will_qos != 0 || flags.will_retain)) {
        return "will flags without a will";  // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
    }
    if (flags.will_qos == 3) {
        return "will QoS 3";  // [MQTT-3.1.2-12]
    }
    if (version != protocol_version::v5_0 && flags.password && !flags.username) {
        return "password without a user name";  // [MQTT311-3.1.2-22]
    }
    return nullptr;
}

decoded<will_fields> read_will(
    byte_reader& reader,
    const connect_flags& flags,
    const connect_packet& packet,
    const decode_limits& limits
) {
    will_fields will;
    will.quality = static_cast<qos>(flags.will_qos);
    will.retain = flags.will_retain;
    if (packet.version == protocol_version::v5_0) {
        const auto given = read_properties(reader, in_will, limits);
        if (!given) {
            return given.error();
        }
        will.properties = *given;
    }
    will.topic = reader.prefixed();
    will.payload = reader.prefixed();
    if (reader.failed() || !base::is_utf8_string(will.topic)) {
        return malformed("will");  // [MQTT-3.1.2-9] [MQTT-3.1.3-11]
    }
    return will;
}

// [MQTT-3.1.3-1]
decoded<connect_packet> read_payload(
    byte_reader& reader,
    const connect_flags& flags,
    connect_packet packet,
    const decode_limits& limits
) {
    packet.client_id = reader.prefixed();
    if (reader.failed() || !base::is_utf8_string(packet.client_id)) {
        return malformed("client identifier");  // [MQTT-3.1.3-3] [MQTT-3.1.3-4]
    }
    if (flags.will) {
        const auto will = read_will(reader, flags, packet, limits);
        if (!will) {
            return will.error();
        }
        packet.will = *will;
    }
    // [MQTT31] There the Remaining Length decides, not the flags: what they announce may be
    // missing.
    const auto announced = [&](bool flag) {
        return flag && !(packet.version == protocol_version::v3_1 && reader.at_end());
    };
    if (announced(flags.username)) {
        packet.username = reader.prefixed();
        if (reader.failed() || !base::is_utf8_string(*packet.username)) {
            return malformed("user name");  // [MQTT-3.1.3-12] [MQTT-3.1.2-17]
        }
    }
    if (announced(flags.password)) {
        packet.password = reader.prefixed();
    }
    if (reader.failed() || !reader.at_end()) {
        return malformed("payload of CONNECT");  // [MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-3.1.2-19]
    }
    return packet;
}

}  // namespace

decoded<connect_packet> decode_connect(const frame& from, const decode_limits& limits) {
    byte_reader reader(from.body);
    const byte_view name = reader.prefixed();
    const std::uint8_t level = reader.u8();
    if (reader.failed()) {
        return malformed("CONNECT");
    }
    const bool bridge = (level & bridge_bit) != 0 && (level & 0x7fU) < 5;
    const auto version =
        version_of(name, bridge ? static_cast<std::uint8_t>(level & 0x7fU) : level);
    if (!version) {
        // [MQTT-3.1.2-1] [MQTT-3.1.2-2]
        return protocol_failure{
            reason_code::unsupported_protocol_version, "unsupported protocol version"};
    }
    connect_packet packet;
    packet.version = *version;
    packet.bridge = bridge;
    const std::uint8_t bits = reader.u8();
    const connect_flags flags(bits);
    packet.clean_start = flags.clean_start;
    packet.keep_alive_seconds = reader.u16();
    if (reader.failed()) {
        return malformed("CONNECT");
    }
    if (const char* const objection = objection_to(bits, flags, *version)) {
        return malformed(objection);
    }
    if (*version == protocol_version::v5_0) {
        const auto given = read_properties(reader, in(packet_type::connect), limits);
        if (!given) {
            return given.error();
        }
        packet.properties = *given;
    }
    return read_payload(reader, flags, packet, limits);
}

decoded<connack_packet> decode_connack(const frame& from, protocol_version version) {
    byte_reader reader(from.body);
    const std::uint8_t flags = reader.u8();
    const std::uint8_t code = reader.u8();
    if (reader.failed() || flags > 1) {
        return malformed("CONNACK");  // [MQTT-3.2.2-1]
    }
    connack_packet packet;
    packet.session_present = flags == 1 && version != protocol_version::v3_1;
    if (version == protocol_version::v5_0) {
        const auto reason = connack_reason::from(static_cast<reason_code>(code));
        if (!reason) {
            return protocol_error("reason code not allowed in CONNACK");
        }
        packet.reason = *reason;
        const auto given = read_properties(reader, in(packet_type::connack), {});
        if (!given) {
            return given.error();
        }
        packet.properties = *given;
    } else if (const auto reason = reason_of_return_code(code)) {
        packet.reason = *reason;
    } else {
        return protocol_error("return code of CONNACK");
    }
    if (!reader.at_end()) {
        return malformed("CONNACK");
    }
    return packet;
}

}  // namespace lmqtt::mqtt
