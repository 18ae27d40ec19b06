#include "mqtt/encode.hpp"

#include "base/assert.hpp"
#include "mqtt/byte_writer.hpp"
#include "mqtt/varint.hpp"

namespace lmqtt::mqtt {

namespace {

void append_head(std::string& out, packet_type type, std::uint8_t flags, std::size_t length) {
    LMQTT_ASSERT(length <= largest_varint);
    append_u8(out, static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4U | flags));
    append_varint(out, static_cast<std::uint32_t>(length));
}

void append_properties(std::string& out, property_view what) {
    append_varint(out, static_cast<std::uint32_t>(what.wire().size()));
    out.append(what.wire());
}

// Appends head and body of a packet whose body is at hand.
void append_packet(
    std::string& out, packet_type type, std::uint8_t flags, const std::string& body
) {
    append_head(out, type, flags, body.size());
    out += body;
}

std::uint8_t code_byte(reason_code code) {
    return static_cast<std::uint8_t>(code);
}

std::uint8_t connect_flags_of(const connect_packet& what) {
    unsigned flags = what.clean_start ? 0x02U : 0U;
    if (what.will) {
        flags |= 0x04U | static_cast<unsigned>(what.will->quality) << 3U |
                 (what.will->retain ? 0x20U : 0U);
    }
    flags |= (what.password ? 0x40U : 0U) | (what.username ? 0x80U : 0U);
    return static_cast<std::uint8_t>(flags);
}

std::uint8_t options_byte(const subscription_options& options) {
    return static_cast<std::uint8_t>(
        static_cast<unsigned>(options.maximum_qos) | (options.no_local ? 4U : 0U) |
        (options.retain_as_published ? 8U : 0U) | unsigned{options.retain_handling} << 4U
    );
}

void append_id_and_properties(
    std::string& body, std::uint16_t packet_id, property_view properties, protocol_version version
) {
    append_u16(body, packet_id);
    if (version == protocol_version::v5_0) {
        append_properties(body, properties);
    }
}

void append_reasoned(
    std::string& out, packet_type type, reason_code reason, property_view properties
) {
    std::string body;
    if (reason != reason_code::success || !properties.empty()) {
        append_u8(body, code_byte(reason));
    }
    if (!properties.empty()) {
        append_properties(body, properties);
    }
    append_packet(out, type, 0, body);
}

}  // namespace

void encode(std::string& out, const connect_packet& what) {
    std::string body;
    append_prefixed(body, what.version == protocol_version::v3_1 ? "MQIsdp" : "MQTT");
    append_u8(
        body,
        static_cast<std::uint8_t>(static_cast<unsigned>(what.version) | (what.bridge ? 0x80U : 0U))
    );
    append_u8(body, connect_flags_of(what));
    append_u16(body, what.keep_alive_seconds);
    const bool v5 = what.version == protocol_version::v5_0;
    if (v5) {
        append_properties(body, what.properties);
    }
    append_prefixed(body, what.client_id);
    if (what.will) {
        if (v5) {
            append_properties(body, what.will->properties);
        }
        append_prefixed(body, what.will->topic);
        append_prefixed(body, what.will->payload);
    }
    if (what.username) {
        append_prefixed(body, *what.username);
    }
    if (what.password) {
        append_prefixed(body, *what.password);
    }
    append_packet(out, packet_type::connect, 0, body);
}

void encode(std::string& out, const connack_packet& what, protocol_version version) {
    std::string body;
    // [MQTT31] There the byte is reserved.
    append_u8(body, what.session_present && version != protocol_version::v3_1 ? 1 : 0);
    if (version == protocol_version::v5_0) {
        append_u8(body, code_byte(what.reason.code()));
        append_properties(body, what.properties);
    } else {
        append_u8(body, return_code_of(what.reason).value_or(3));
    }
    append_packet(out, packet_type::connack, 0, body);
}

void encode(std::string& out, const publish_packet& what, protocol_version version) {
    std::string body;
    append_prefixed(body, what.topic);
    if (what.quality != qos::at_most_once) {
        append_u16(body, what.packet_id);
    }
    if (version == protocol_version::v5_0) {
        append_properties(body, what.properties);
    }
    body += what.payload;
    const unsigned flags =
        (what.dup ? 8U : 0U) | static_cast<unsigned>(what.quality) << 1U | (what.retain ? 1U : 0U);
    append_packet(out, packet_type::publish, static_cast<std::uint8_t>(flags), body);
}

void encode(std::string& out, const subscribe_packet& what, protocol_version version) {
    std::string body;
    append_id_and_properties(body, what.packet_id, what.properties, version);
    for (const auto& each : what.filters) {
        append_prefixed(body, each.topic_filter);
        append_u8(body, options_byte(each.options));
    }
    append_packet(out, packet_type::subscribe, 2, body);
}

void encode(std::string& out, const suback_packet& what, protocol_version version) {
    std::string body;
    append_id_and_properties(body, what.packet_id, what.properties, version);
    for (const auto& each : what.reasons) {
        // [MQTT311-3.9.3-2] There is one failure.
        const bool plain = version != protocol_version::v5_0 && is_error(each.code());
        append_u8(body, plain ? 0x80 : code_byte(each.code()));
    }
    append_packet(out, packet_type::suback, 0, body);
}

void encode(std::string& out, const unsubscribe_packet& what, protocol_version version) {
    std::string body;
    append_id_and_properties(body, what.packet_id, what.properties, version);
    for (const auto& each : what.filters) {
        append_prefixed(body, each);
    }
    append_packet(out, packet_type::unsubscribe, 2, body);
}

void encode(std::string& out, const unsuback_packet& what, protocol_version version) {
    std::string body;
    append_id_and_properties(body, what.packet_id, what.properties, version);
    if (version == protocol_version::v5_0) {
        for (const auto& each : what.reasons) {
            append_u8(body, code_byte(each.code()));
        }
    }
    append_packet(out, packet_type::unsuback, 0, body);
}

void encode(std::string& out, const pingreq_packet& /*what*/, protocol_version /*version*/) {
    append_head(out, packet_type::pingreq, 0, 0);
}

void encode(std::string& out, const pingresp_packet& /*what*/, protocol_version /*version*/) {
    append_head(out, packet_type::pingresp, 0, 0);
}

void encode(std::string& out, const disconnect_packet& what, protocol_version version) {
    if (version != protocol_version::v5_0) {
        return append_head(out, packet_type::disconnect, 0, 0);
    }
    append_reasoned(out, packet_type::disconnect, what.reason.code(), what.properties);
}

void encode(std::string& out, const auth_packet& what, protocol_version /*version*/) {
    append_reasoned(out, packet_type::auth, what.reason.code(), what.properties);
}

void append_ack(std::string& out, packet_type type, std::uint16_t packet_id) {
    const unsigned flags = type == packet_type::pubrel ? 2 : 0;
    const char bytes[4] = {
        static_cast<char>(static_cast<unsigned>(type) << 4U | flags),
        2,
        static_cast<char>(packet_id >> 8U),
        static_cast<char>(packet_id & 0xffU),
    };
    out.append(bytes, sizeof bytes);
}

void encode_ack(std::string& out, packet_type type, const ack& what, protocol_version version) {
    const bool short_form = what.reason == reason_code::success && what.properties.empty();
    if (short_form || version != protocol_version::v5_0) {
        return append_ack(out, type, what.packet_id);
    }
    std::string body;
    append_u16(body, what.packet_id);
    append_u8(body, code_byte(what.reason));
    if (!what.properties.empty()) {
        append_properties(body, what.properties);
    }
    append_packet(out, type, type == packet_type::pubrel ? 2 : 0, body);
}

void encode(std::string& out, const packet& what, protocol_version version) {
    std::visit(
        [&](const auto& each) {
            if constexpr (std::is_same_v<std::decay_t<decltype(each)>, connect_packet>) {
                encode(out, each);
            } else {
                encode(out, each, version);
            }
        },
        what
    );
}

std::optional<std::uint8_t> return_code_of(connack_reason reason) {
    using enum reason_code;
    switch (reason.code()) {
    case success:
        return std::uint8_t{0};
    case unsupported_protocol_version:
        return std::uint8_t{1};
    case client_identifier_not_valid:
        return std::uint8_t{2};
    case server_unavailable:
    case server_busy:
    case quota_exceeded:
    case connection_rate_exceeded:
    case use_another_server:
    case server_moved:
        return std::uint8_t{3};
    case bad_user_name_or_password:
        return std::uint8_t{4};
    case not_authorized:
    case banned:
        return std::uint8_t{5};
    default:
        return std::nullopt;
    }
}

std::optional<connack_reason> reason_of_return_code(std::uint8_t code) {
    using enum reason_code;
    switch (code) {
    case 0:
        return connack_reason(success);
    case 1:
        return connack_reason(unsupported_protocol_version);
    case 2:
        return connack_reason(client_identifier_not_valid);
    case 3:
        return connack_reason(server_unavailable);
    case 4:
        return connack_reason(bad_user_name_or_password);
    case 5:
        return connack_reason(not_authorized);
    default:
        return std::nullopt;
    }
}

std::string refusal_of_version(const frame& connect) {
    byte_reader reader(connect.body);
    const byte_view name = reader.prefixed();
    const std::uint8_t level = reader.u8() & 0x7fU;
    std::string out;
    if (name != "MQTT" && name != "MQIsdp") {
        return out;
    }
    const auto version =
        name == "MQTT" && level > 4 ? protocol_version::v5_0 : protocol_version::v3_1_1;
    encode(out, connack_packet{false, reason_code::unsupported_protocol_version, {}}, version);
    return out;
}

}  // namespace lmqtt::mqtt
