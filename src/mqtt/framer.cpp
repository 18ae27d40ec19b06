#include "mqtt/framer.hpp"

#include "mqtt/varint.hpp"

namespace lmqtt::mqtt {

namespace {

// [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1]
bool flags_allowed(packet_type type, std::uint8_t flags, protocol_version version) {
    switch (type) {
    case packet_type::publish: {
        const unsigned quality = flags >> 1U & 3U;
        const bool dup = (flags & 8U) != 0;
        return quality != 3 && !(dup && quality == 0);  // [MQTT-3.3.1-4] [MQTT-3.3.1-2]
    }
    case packet_type::pubrel:
    case packet_type::subscribe:
    case packet_type::unsubscribe:
        // [MQTT31] Version 3.1 repeats these with DUP.
        return flags == 2 || (flags == 10 && version == protocol_version::v3_1);
    default:
        return flags == 0;
    }
}

// What no packet of this type can be, whatever follows.
const char* objection_to_length(packet_type type, std::uint32_t length) {
    switch (type) {
    case packet_type::pingreq:
    case packet_type::pingresp:
        return length == 0 ? nullptr : "ping with a body";  // [MQTT-3.12.4-1]
    case packet_type::disconnect:
    case packet_type::auth:
        return nullptr;
    default:
        return length >= 2 ? nullptr : "packet too short";
    }
}

// Into where the caller finds it: copying a frame costs more than cutting it.
std::optional<protocol_failure>
cut_frame(std::optional<frame>& into, byte_view& input, const frame_limits& limits) {
    const auto first = static_cast<std::uint8_t>(input.front());
    const auto type = static_cast<packet_type>(first >> 4U);
    const auto flags = static_cast<std::uint8_t>(first & 15U);
    if (first >> 4U == 0) {
        return malformed("packet type 0");
    }
    if (limits.only_connect && type != packet_type::connect) {
        return protocol_error("first packet is not CONNECT");
    }
    if (!flags_allowed(type, flags, limits.version)) {
        return malformed("fixed header flags");
    }
    const varint length = read_varint(input.substr(1));
    if (length.outcome == varint::reading::malformed) {
        return malformed("remaining length");
    }
    if (length.outcome == varint::reading::incomplete) {
        return std::nullopt;
    }
    if (const char* const objection = objection_to_length(type, length.value)) {
        return malformed(objection);
    }
    const std::size_t head = std::size_t{1} + length.size;
    const std::size_t size = head + length.value;
    if (size > limits.maximum_packet_size) {
        return protocol_failure{reason_code::packet_too_large, "packet too large"};
    }
    if (input.size() < size) {
        return std::nullopt;
    }
    const byte_view whole = input.substr(0, size);
    frame& found = into.emplace();
    found.type = type;
    found.flags = flags;
    found.body = whole.substr(head);
    found.whole = whole;
    input.remove_prefix(size);
    return std::nullopt;
}

}  // namespace

decoded<std::optional<frame>> next_frame(byte_view& input, const frame_limits& limits) {
    decoded<std::optional<frame>> found;
    if (input.empty()) {
        return found;
    }
    if (const auto failure = cut_frame(*found, input, limits)) {
        found = *failure;
    }
    return found;
}

}  // namespace lmqtt::mqtt
