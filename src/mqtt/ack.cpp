// PUBACK, PUBREC, PUBREL, PUBCOMP, read. (3.4 to 3.7)
#include "mqtt/decode.hpp"

namespace lmqtt::mqtt {

decoded<ack> decode_ack(const frame& from, protocol_version version, const decode_limits& limits) {
    byte_reader reader(from.body);
    ack packet;
    packet.packet_id = reader.u16();
    if (reader.failed()) {
        return malformed("acknowledgement");
    }
    if (packet.packet_id == 0) {
        return protocol_error("packet identifier 0");
    }
    if (reader.at_end()) {
        return packet;  // [X-DISC-3]
    }
    if (version != protocol_version::v5_0) {
        return malformed("acknowledgement too long");
    }
    packet.reason = static_cast<reason_code>(reader.u8());
    if (!is_allowed(from.type, packet.reason)) {
        // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]
        return protocol_error("reason code not allowed in this packet");
    }
    if (!reader.at_end()) {
        const auto given = read_properties(reader, in(from.type), limits);
        if (!given) {
            return given.error();
        }
        packet.properties = *given;
    }
    if (!reader.at_end()) {
        return malformed("acknowledgement too long");
    }
    return packet;
}

}  // namespace lmqtt::mqtt
