// DISCONNECT, AUTH, PINGREQ, PINGRESP, read. (3.12 to 3.15)
#include "mqtt/decode.hpp"

namespace lmqtt::mqtt {

namespace {

// [MQTT-3.14.2-1]
bool client_may_send(reason_code code) {
    using enum reason_code;
    switch (code) {
    case normal_disconnection:
    case disconnect_with_will_message:
    case unspecified_error:
    case malformed_packet:
    case protocol_error:
    case implementation_specific_error:
    case topic_name_invalid:
    case receive_maximum_exceeded:
    case topic_alias_invalid:
    case packet_too_large:
    case message_rate_too_high:
    case quota_exceeded:
    case administrative_action:
    case payload_format_invalid:
        return true;
    default:
        return false;
    }
}

// Reason and properties, either of which may be missing. [X-DISC-3]
template <class Packet, class Reason>
decoded<Packet> read_reasoned(const frame& from, const decode_limits& limits) {
    Packet packet;
    byte_reader reader(from.body);
    if (reader.at_end()) {
        return packet;
    }
    const auto reason = Reason::from(static_cast<reason_code>(reader.u8()));
    if (!reason) {
        return mqtt::protocol_error("reason code not allowed in this packet");
    }
    packet.reason = *reason;
    if (!reader.at_end()) {
        const auto given = read_properties(reader, in(from.type), limits);
        if (!given) {
            return given.error();
        }
        packet.properties = *given;
    }
    if (!reader.at_end()) {
        return malformed("packet too long");
    }
    return packet;
}

}  // namespace

decoded<disconnect_packet>
decode_disconnect(const frame& from, protocol_version version, const decode_limits& limits) {
    if (version != protocol_version::v5_0) {
        return from.body.empty() ? decoded<disconnect_packet>(disconnect_packet{})
                                 : decoded<disconnect_packet>(malformed("DISCONNECT too long"));
    }
    return read_reasoned<disconnect_packet, disconnect_reason>(from, limits);
}

decoded<disconnect_packet> decode_disconnect_from_client(
    const frame& from, protocol_version version, const decode_limits& limits
) {
    const auto packet = decode_disconnect(from, version, limits);
    if (packet && !client_may_send(packet->reason.code())) {
        return protocol_error("reason code is the server's");
    }
    if (packet && packet->properties[prop::server_reference]) {
        return protocol_error("server reference from a client");
    }
    return packet;
}

decoded<auth_packet>
decode_auth(const frame& from, protocol_version version, const decode_limits& limits) {
    if (version != protocol_version::v5_0) {
        return malformed("AUTH before MQTT 5.0");
    }
    return read_reasoned<auth_packet, auth_reason>(from, limits);
}

decoded<auth_packet>
decode_auth_from_client(const frame& from, protocol_version version, const decode_limits& limits) {
    const auto packet = decode_auth(from, version, limits);
    if (packet && packet->reason.code() == reason_code::success) {
        return protocol_error("reason code is the server's");
    }
    return packet;
}

decoded<pingreq_packet> decode_pingreq(const frame& from) {
    if (!from.body.empty()) {
        return malformed("PINGREQ too long");
    }
    return pingreq_packet{};
}

decoded<pingresp_packet> decode_pingresp(const frame& from) {
    if (!from.body.empty()) {
        return malformed("PINGRESP too long");
    }
    return pingresp_packet{};
}

}  // namespace lmqtt::mqtt
