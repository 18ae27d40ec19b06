// SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, read. (3.8 to 3.11)
#include "base/utf8.hpp"
#include "mqtt/decode.hpp"

namespace lmqtt::mqtt {

namespace {

constexpr protocol_failure too_many_filters{
    reason_code::quota_exceeded, "too many topic filters in one packet"};

// Packet identifier and properties, with which all four begin.
struct head {
    std::uint16_t packet_id = 0;
    property_view properties = {};
};

decoded<head> read_head(
    byte_reader& reader, packet_type type, protocol_version version, const decode_limits& limits
) {
    head start;
    start.packet_id = reader.u16();
    if (reader.failed()) {
        return malformed("packet identifier");
    }
    if (start.packet_id == 0) {
        return protocol_error("packet identifier 0");  // [MQTT-2.2.1-3] [MQTT311-2.3.1-1]
    }
    if (version == protocol_version::v5_0) {
        const auto given = read_properties(reader, in(type), limits);
        if (!given) {
            return given.error();
        }
        start.properties = *given;
    }
    return start;
}

// [MQTT-3.8.3-5] [X-SUB-1]
decoded<subscription_options> read_options(std::uint8_t bits, protocol_version version) {
    const bool v5 = version == protocol_version::v5_0;
    if ((bits & 3U) == 3 || (bits & (v5 ? 0xc0U : 0xfcU)) != 0) {
        return malformed("subscription options");
    }
    subscription_options options;
    options.maximum_qos = static_cast<qos>(bits & 3U);
    options.no_local = (bits & 4U) != 0;
    options.retain_as_published = (bits & 8U) != 0;
    options.retain_handling = static_cast<std::uint8_t>(bits >> 4U & 3U);
    if (options.retain_handling == 3) {
        return protocol_error("retain handling 3");
    }
    return options;
}

// The codes of 3.x: one for each QoS, and one failure. [MQTT311-3.9.3-2]
bool is_return_code(reason_code code) {
    return code == reason_code::unspecified_error || code <= reason_code::granted_qos_2;
}

}  // namespace

decoded<subscribe_packet>
decode_subscribe(const frame& from, protocol_version version, const decode_limits& limits) {
    byte_reader reader(from.body);
    const auto start = read_head(reader, packet_type::subscribe, version, limits);
    if (!start) {
        return start.error();
    }
    subscribe_packet packet{start->packet_id, start->properties, {}};
    while (!reader.at_end()) {
        const byte_view filter = reader.prefixed();
        const std::uint8_t bits = reader.u8();
        if (reader.failed() || !base::is_utf8_string(filter)) {
            return malformed("topic filter");  // [MQTT-3.8.3-1]
        }
        const auto options = read_options(bits, version);
        if (!options) {
            return options.error();
        }
        if (packet.filters.size() == limits.maximum_filters) {
            return too_many_filters;
        }
        packet.filters.push_back({filter, *options});
    }
    if (packet.filters.empty()) {
        return protocol_error("SUBSCRIBE without a topic filter");  // [MQTT-3.8.3-2]
    }
    return packet;
}

decoded<unsubscribe_packet>
decode_unsubscribe(const frame& from, protocol_version version, const decode_limits& limits) {
    byte_reader reader(from.body);
    const auto start = read_head(reader, packet_type::unsubscribe, version, limits);
    if (!start) {
        return start.error();
    }
    unsubscribe_packet packet{start->packet_id, start->properties, {}};
    while (!reader.at_end()) {
        const byte_view filter = reader.prefixed();
        if (reader.failed() || !base::is_utf8_string(filter)) {
            return malformed("topic filter");  // [MQTT-3.10.3-1]
        }
        if (packet.filters.size() == limits.maximum_filters) {
            return too_many_filters;
        }
        packet.filters.push_back(filter);
    }
    if (packet.filters.empty()) {
        return protocol_error("UNSUBSCRIBE without a topic filter");  // [MQTT-3.10.3-2]
    }
    return packet;
}

decoded<suback_packet> decode_suback(const frame& from, protocol_version version) {
    byte_reader reader(from.body);
    const auto start = read_head(reader, packet_type::suback, version, {});
    if (!start) {
        return start.error();
    }
    suback_packet packet{start->packet_id, start->properties, {}};
    while (!reader.at_end()) {
        const auto code = static_cast<reason_code>(reader.u8());
        const auto reason = suback_reason::from(code);
        if (!reason || (version != protocol_version::v5_0 && !is_return_code(code))) {
            return protocol_error("reason code not allowed in SUBACK");  // [MQTT-3.9.3-2]
        }
        packet.reasons.push_back(*reason);
    }
    if (packet.reasons.empty()) {
        return malformed("SUBACK without a reason code");
    }
    return packet;
}

decoded<unsuback_packet> decode_unsuback(const frame& from, protocol_version version) {
    byte_reader reader(from.body);
    const auto start = read_head(reader, packet_type::unsuback, version, {});
    if (!start) {
        return start.error();
    }
    unsuback_packet packet{start->packet_id, start->properties, {}};
    if ((version == protocol_version::v5_0) == reader.at_end()) {
        return malformed("reason codes of UNSUBACK");  // one for each filter; in 3.x none
    }
    while (!reader.at_end()) {
        const auto reason = unsuback_reason::from(static_cast<reason_code>(reader.u8()));
        if (!reason) {
            return protocol_error("reason code not allowed in UNSUBACK");
        }
        packet.reasons.push_back(*reason);
    }
    return packet;
}

}  // namespace lmqtt::mqtt
