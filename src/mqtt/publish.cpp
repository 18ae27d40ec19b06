// PUBLISH, read. (3.3)
#include "mqtt/decode.hpp"
#include "mqtt/utf8.hpp"

namespace lmqtt::mqtt {

decoded<publish_packet> decode_publish_from_server(
    const frame& from, protocol_version version, const decode_limits& limits
) {
    publish_packet packet;
    packet.dup = (from.flags & 8U) != 0;
    packet.quality = static_cast<qos>(from.flags >> 1U & 3U);
    packet.retain = (from.flags & 1U) != 0;
    byte_reader reader(from.body);
    packet.topic = reader.prefixed();
    if (reader.failed() || !is_utf8_string(packet.topic)) {
        return malformed("topic name");  // [MQTT-3.3.2-1]
    }
    if (packet.quality != qos::at_most_once) {
        packet.packet_id = reader.u16();
        if (reader.failed()) {
            return malformed("PUBLISH");
        }
        if (packet.packet_id == 0) {
            return protocol_error("packet identifier 0");  // [MQTT-2.2.1-3]
        }
    }
    if (version == protocol_version::v5_0) {
        const auto given = read_properties(reader, in(packet_type::publish), limits);
        if (!given) {
            return given.error();
        }
        packet.properties = *given;
    }
    if (packet.topic.empty() && !packet.properties[prop::topic_alias]) {
        return version == protocol_version::v5_0 ? protocol_error("neither topic nor alias")
                                                 : malformed("empty topic name");
    }
    packet.payload = reader.take_rest();
    return packet;
}

decoded<publish_packet>
decode_publish(const frame& from, protocol_version version, const decode_limits& limits) {
    const auto packet = decode_publish_from_server(from, version, limits);
    if (packet && packet->properties[prop::subscription_identifier]) {
        return protocol_error("subscription identifier from a client");  // [MQTT-3.3.4-6]
    }
    return packet;
}

}  // namespace lmqtt::mqtt
