// Packets to bytes, appended. In 3.x what that version does not know is left out.
#pragma once

#include "mqtt/decode.hpp"

#include <lmqtt/packet.hpp>

#include <optional>
#include <string>

namespace lmqtt::mqtt {

void encode(std::string& out, const connect_packet& what);
void encode(std::string& out, const connack_packet& what, protocol_version version);
void encode(std::string& out, const publish_packet& what, protocol_version version);
void encode(std::string& out, const subscribe_packet& what, protocol_version version);
void encode(std::string& out, const suback_packet& what, protocol_version version);
void encode(std::string& out, const unsubscribe_packet& what, protocol_version version);
void encode(std::string& out, const unsuback_packet& what, protocol_version version);
void encode(std::string& out, const pingreq_packet& what, protocol_version version);
void encode(std::string& out, const pingresp_packet& what, protocol_version version);
void encode(std::string& out, const disconnect_packet& what, protocol_version version);
void encode(std::string& out, const auth_packet& what, protocol_version version);
void encode(std::string& out, const packet& what, protocol_version version);

// PUBACK, PUBREC, PUBREL, PUBCOMP: with success and no properties, four bytes. [X-DISC-3]
void append_ack(std::string& out, packet_type type, std::uint16_t packet_id);
void encode_ack(std::string& out, packet_type type, const ack& what, protocol_version version);

template <packet_type Type>
void encode(std::string& out, const acknowledgement<Type>& what, protocol_version version) {
    encode_ack(out, Type, {what.packet_id, what.reason.code(), what.properties}, version);
}

// The return codes of 3.x, 3.2.2.3 there. [MQTT311-3.2.2-6] Empty if none fits.
std::optional<std::uint8_t> return_code_of(connack_reason reason);
std::optional<connack_reason> reason_of_return_code(std::uint8_t code);

// How a CONNECT of an unsupported version is refused, in the form its sender may know.
// [MQTT-3.1.2-2]
std::string refusal_of_version(const frame& connect);

}  // namespace lmqtt::mqtt
