// PUBLISH, read. (3.3)
#include "base/utf8.hpp"
#include "mqtt/decode.hpp"

namespace lmqtt::mqtt {

namespace {

// Into a packet that already lies where the caller wants it: copying one costs as much as reading
// it.
std::optional<protocol_failure> read_publish(
    publish_packet& packet, const frame& from, carriers where, const decode_limits& limits
) {
    packet.dup = (from.flags & 8U) != 0;
    packet.quality = static_cast<qos>(from.flags >> 1U & 3U);
    packet.retain = (from.flags & 1U) != 0;
    byte_reader reader(from.body);
    packet.topic = reader.prefixed();
    if (reader.failed() || !base::is_utf8_string(packet.topic)) {
        return malformed("topic name");  // [MQTT-3.3.2-1]
    }
    if (packet.quality != qos::at_most_once) {
        packet.packet_id = reader.u16();
        if (reader.failed()) {
            return malformed("PUBLISH");
        }
        if (packet.packet_id == 0) {
            return protocol_error("packet identifier 0");  // [MQTT-2.2.1-3] [MQTT311-2.3.1-1]
        }
    }
    if (where != no_properties) {
        const auto given = read_properties(reader, where, limits);
        if (!given) {
            return given.error();
        }
        packet.properties = *given;
    }
    packet.payload = reader.rest();
    if (packet.topic.empty() && !packet.properties[prop::topic_alias]) {
        return where == no_properties ? malformed("empty topic name")
                                      : protocol_error("neither topic nor alias");
    }
    return std::nullopt;
}

decoded<publish_packet> decode_in(const frame& from, carriers where, const decode_limits& limits) {
    decoded<publish_packet> packet;
    if (const auto failure = read_publish(*packet, from, where, limits)) {
        packet = *failure;
    }
    return packet;
}

}  // namespace

decoded<publish_packet>
decode_publish(const frame& from, protocol_version version, const decode_limits& limits) {
    const bool v5 = version == protocol_version::v5_0;
    return decode_in(from, v5 ? in_client_publish : no_properties, limits);
}

decoded<publish_packet> decode_publish_from_server(
    const frame& from, protocol_version version, const decode_limits& limits
) {
    const bool v5 = version == protocol_version::v5_0;
    return decode_in(from, v5 ? in(packet_type::publish) : no_properties, limits);
}

}  // namespace lmqtt::mqtt
