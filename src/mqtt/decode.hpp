// Frames to packets. The server decodes what clients send; the other direction is here for tests
// and for whoever is a client. Every failure says whether the bytes were malformed or the rules
// broken.
#pragma once

#include "mqtt/check_properties.hpp"
#include "mqtt/error.hpp"
#include "mqtt/framer.hpp"

#include <lmqtt/packet.hpp>

namespace lmqtt::mqtt {

// Fails with unsupported_protocol_version for a name or level that is not ours.
decoded<connect_packet> decode_connect(const frame& from, const decode_limits& limits = {});

// From a client: a Subscription Identifier is refused. [MQTT-3.3.4-6]
decoded<publish_packet>
decode_publish(const frame& from, protocol_version version, const decode_limits& limits = {});
decoded<publish_packet> decode_publish_from_server(
    const frame& from, protocol_version version, const decode_limits& limits = {}
);

// PUBACK, PUBREC, PUBREL, PUBCOMP alike; the reason is one of the packet's own.
struct ack {
    std::uint16_t packet_id = 0;
    reason_code reason = reason_code::success;
    property_view properties = {};
};

decoded<ack>
decode_ack(const frame& from, protocol_version version, const decode_limits& limits = {});
decoded<subscribe_packet>
decode_subscribe(const frame& from, protocol_version version, const decode_limits& limits = {});
decoded<unsubscribe_packet>
decode_unsubscribe(const frame& from, protocol_version version, const decode_limits& limits = {});
decoded<pingreq_packet> decode_pingreq(const frame& from);

// From a client: only with the reasons a client may give. [MQTT-3.14.2-1] [MQTT-3.15.2-1]
decoded<disconnect_packet> decode_disconnect_from_client(
    const frame& from, protocol_version version, const decode_limits& limits = {}
);
decoded<disconnect_packet>
decode_disconnect(const frame& from, protocol_version version, const decode_limits& limits = {});
decoded<auth_packet> decode_auth_from_client(
    const frame& from, protocol_version version, const decode_limits& limits = {}
);
decoded<auth_packet>
decode_auth(const frame& from, protocol_version version, const decode_limits& limits = {});

// From a server.
decoded<connack_packet> decode_connack(const frame& from, protocol_version version);
decoded<suback_packet> decode_suback(const frame& from, protocol_version version);
decoded<unsuback_packet> decode_unsuback(const frame& from, protocol_version version);
decoded<pingresp_packet> decode_pingresp(const frame& from);

// Any packet a client may send; a server's packet and what only a server may put into one is a
// protocol error. [X-TYPE-1]
decoded<packet>
decode_from_client(const frame& from, protocol_version version, const decode_limits& limits = {});

// Any packet, whoever sent it.
decoded<packet>
decode(const frame& from, protocol_version version, const decode_limits& limits = {});

}  // namespace lmqtt::mqtt
