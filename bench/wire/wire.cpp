#include "wire/wire.hpp"

#include <limits>
#include <stdexcept>

namespace bench {

namespace {

constexpr std::uint16_t keep_alive_seconds = 600;
constexpr std::uint8_t clean_start = 0x02;

std::uint8_t octet(std::string_view bytes, std::size_t at) {
    if (at >= bytes.size()) {
        throw std::runtime_error("a packet ends in the middle of a field");
    }
    return static_cast<std::uint8_t>(bytes[at]);
}

char as_char(std::size_t value) {
    return static_cast<char>(static_cast<std::uint8_t>(value));
}

struct variable_integer {
    std::size_t value;
    std::size_t width;
};

std::optional<variable_integer> read_variable_integer(std::string_view bytes) {
    std::size_t value = 0;
    for (std::size_t at = 0; at < 4; ++at) {
        if (at >= bytes.size()) {
            return std::nullopt;
        }
        const auto byte = static_cast<std::uint8_t>(bytes[at]);
        value |= std::size_t{byte & 0x7FU} << (7 * at);
        if ((byte & 0x80U) == 0) {
            return variable_integer{value, at + 1};
        }
    }
    throw std::runtime_error("a variable byte integer is longer than four bytes");
}

void append_variable_integer(std::string& out, std::size_t value) {
    while (value > 0x7F) {
        out.push_back(as_char((value & 0x7F) | 0x80));
        value >>= 7;
    }
    out.push_back(as_char(value));
}

void append_first(std::string& out, packet_type type, unsigned flags) {
    out.push_back(as_char((std::size_t{static_cast<std::uint8_t>(type)} << 4) | flags));
}

variable_integer property_block(std::string_view bytes) {
    const auto length = read_variable_integer(bytes);
    if (!length || length->width + length->value > bytes.size()) {
        throw std::runtime_error("a property block ends outside its packet");
    }
    return *length;
}

// The width of a property's value in CONNACK, as far as it is fixed; 0 for strings.
std::size_t fixed_width(std::uint8_t identifier) {
    switch (identifier) {
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A:
        return 1;
    case 0x13:
    case 0x21:
    case 0x22:
        return 2;
    case 0x11:
    case 0x27:
        return 4;
    default:
        return 0;
    }
}

std::uint16_t find_receive_maximum(std::string_view properties) {
    constexpr std::uint8_t receive_maximum = 0x21;
    constexpr std::uint8_t user_property = 0x26;
    std::size_t at = 0;
    while (at < properties.size()) {
        const auto identifier = octet(properties, at++);
        if (identifier == receive_maximum) {
            return read_u16(properties, at);
        }
        const auto width = fixed_width(identifier);
        const auto strings = width != 0 ? 0 : identifier == user_property ? 2 : 1;
        at += width;
        for (int each = 0; each < strings; ++each) {
            at += 2U + read_u16(properties, at);
        }
    }
    return std::numeric_limits<std::uint16_t>::max();
}

}  // namespace

std::optional<frame> take_frame(std::string_view& bytes) {
    if (bytes.size() < 2) {
        return std::nullopt;
    }
    const auto length = read_variable_integer(bytes.substr(1));
    if (!length || bytes.size() < 1 + length->width + length->value) {
        return std::nullopt;
    }
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    const frame whole{
        static_cast<packet_type>(first >> 4),
        static_cast<std::uint8_t>(first & 0x0FU),
        bytes.substr(1 + length->width, length->value)};
    bytes.remove_prefix(1 + length->width + length->value);
    return whole;
}

std::uint16_t read_u16(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>((octet(bytes, at) << 8) | octet(bytes, at + 1));
}

connack_view read_connack(protocol version, std::string_view body) {
    connack_view view{octet(body, 1), std::numeric_limits<std::uint16_t>::max()};
    if (version == protocol::v5_0 && view.reason == 0) {
        const auto rest = body.substr(2);
        const auto block = property_block(rest);
        view.receive_maximum = find_receive_maximum(rest.substr(block.width, block.value));
    }
    return view;
}

publish_view read_publish(protocol version, const frame& packet) {
    publish_view view{};
    view.quality = static_cast<std::uint8_t>((packet.flags >> 1) & 3U);
    view.duplicate = (packet.flags & 8U) != 0;
    view.retain = (packet.flags & 1U) != 0;
    const std::size_t topic_size = read_u16(packet.body, 0);
    if (packet.body.size() < 2 + topic_size) {
        throw std::runtime_error("a topic ends outside its PUBLISH");
    }
    view.topic = packet.body.substr(2, topic_size);
    std::size_t at = 2 + topic_size;
    if (view.quality > 0) {
        view.packet_id = read_u16(packet.body, at);
        at += 2;
    }
    if (version == protocol::v5_0) {
        const auto block = property_block(packet.body.substr(at));
        at += block.width + block.value;
    }
    view.payload = packet.body.substr(at);
    return view;
}

void append_u16(std::string& out, std::uint16_t value) {
    out.push_back(as_char(value >> 8U));
    out.push_back(as_char(value & 0xFFU));
}

void append_string(std::string& out, std::string_view text) {
    append_u16(out, static_cast<std::uint16_t>(text.size()));
    out.append(text);
}

void append_connect(std::string& out, protocol version, std::string_view client_id, bool lasting) {
    // Session Expiry Interval: an hour.
    constexpr std::string_view an_hour("\x05\x11\x00\x00\x0e\x10", 6);
    std::string properties(version == protocol::v5_0 ? 1 : 0, '\0');
    if (lasting && version == protocol::v5_0) {
        properties = an_hour;
    }
    append_first(out, packet_type::connect, 0);
    append_variable_integer(out, 10 + properties.size() + 2 + client_id.size());
    append_string(out, "MQTT");
    out.push_back(as_char(static_cast<std::uint8_t>(version)));
    out.push_back(as_char(lasting ? std::uint8_t{0} : clean_start));
    append_u16(out, keep_alive_seconds);
    out += properties;
    append_string(out, client_id);
}

void append_connack(std::string& out, protocol version) {
    const std::size_t properties = version == protocol::v5_0 ? 1 : 0;
    append_first(out, packet_type::connack, 0);
    append_variable_integer(out, 2 + properties);
    out.append(2 + properties, '\0');
}

void append_publish_header(std::string& out, protocol version, const publish_fields& fields) {
    const std::size_t id_size = fields.quality > 0 ? 2 : 0;
    const std::size_t properties = version == protocol::v5_0 ? 1 : 0;
    append_first(out, packet_type::publish, unsigned{fields.quality} << 1U);
    append_variable_integer(
        out, 2 + fields.topic.size() + id_size + properties + fields.payload_size
    );
    append_string(out, fields.topic);
    if (id_size != 0) {
        append_u16(out, fields.packet_id);
    }
    out.append(properties, '\0');
}

void append_subscribe(std::string& out, protocol version, std::string_view filter, int quality) {
    const std::size_t properties = version == protocol::v5_0 ? 1 : 0;
    append_first(out, packet_type::subscribe, 2);
    append_variable_integer(out, 2 + properties + 2 + filter.size() + 1);
    append_u16(out, 1);
    out.append(properties, '\0');
    append_string(out, filter);
    out.push_back(as_char(static_cast<std::size_t>(quality)));
}

void append_suback(
    std::string& out, protocol version, std::uint16_t packet_id, std::string_view codes
) {
    const std::size_t properties = version == protocol::v5_0 ? 1 : 0;
    append_first(out, packet_type::suback, 0);
    append_variable_integer(out, 2 + properties + codes.size());
    append_u16(out, packet_id);
    out.append(properties, '\0');
    out.append(codes);
}

void append_ack(std::string& out, packet_type type, std::uint16_t packet_id) {
    append_first(out, type, type == packet_type::pubrel ? 2 : 0);
    out.push_back(2);
    append_u16(out, packet_id);
}

void append_empty(std::string& out, packet_type type) {
    append_first(out, type, 0);
    out.push_back(0);
}

}  // namespace bench
