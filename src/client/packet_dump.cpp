#include "client/packet_dump.hpp"

#include "mqtt/byte_reader.hpp"

#include <array>

namespace lmqtt::client {

namespace {

constexpr std::uint8_t qos_bits = 0x06;

void skip_properties(mqtt::byte_reader& from, protocol_version version) {
    if (version == protocol_version::v5_0) {
        from.bytes(from.variable());
    }
}

void read_connect(mqtt::byte_reader& from, packet_summary& into) {
    from.prefixed();  // protocol name
    const auto version = static_cast<protocol_version>(from.u8() & 0x7FU);
    from.u8();   // flags
    from.u16();  // keep alive
    skip_properties(from, version);
    into.client_id = from.prefixed();
}

void read_publish(mqtt::byte_reader& from, packet_summary& into) {
    into.topic = from.prefixed();
    if ((into.flags & qos_bits) != 0) {
        into.packet_id = from.u16();
    }
}

void read_filters(mqtt::byte_reader& from, protocol_version version, packet_summary& into) {
    into.packet_id = from.u16();
    skip_properties(from, version);
    into.topic = from.prefixed();
}

void read_answer(mqtt::byte_reader& from, protocol_version version, packet_summary& into) {
    into.packet_id = from.u16();
    const bool of_filters = into.type == packet_type::suback || into.type == packet_type::unsuback;
    if (of_filters) {
        skip_properties(from, version);
    }
    if (!from.at_end()) {
        into.reason = from.u8();
    }
}

void read_reason(mqtt::byte_reader& from, packet_summary& into) {
    if (into.type == packet_type::connack) {
        from.u8();  // session present
    }
    if (!from.at_end()) {
        into.reason = from.u8();
    }
}

void read_body(mqtt::byte_reader& from, protocol_version version, packet_summary& into) {
    switch (into.type) {
    case packet_type::connect:
        return read_connect(from, into);
    case packet_type::publish:
        return read_publish(from, into);
    case packet_type::subscribe:
    case packet_type::unsubscribe:
        return read_filters(from, version, into);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
    case packet_type::suback:
    case packet_type::unsuback:
        return read_answer(from, version, into);
    case packet_type::connack:
    case packet_type::disconnect:
    case packet_type::auth:
        return read_reason(from, into);
    case packet_type::pingreq:
    case packet_type::pingresp:
        return;
    }
}

}  // namespace

packet_summary summarize(byte_view packet, protocol_version version) {
    mqtt::byte_reader from(packet);
    packet_summary summary;
    const std::uint8_t first = from.u8();
    summary.type = static_cast<packet_type>(first >> 4U);
    summary.flags = first & 0x0FU;
    const std::uint32_t length = from.variable();
    summary.bytes = packet.size() - from.rest().size() + length;
    read_body(from, version, summary);
    return summary;
}

std::string_view name_of(packet_type type) {
    constexpr std::array<std::string_view, 16> names{
        "?",
        "CONNECT",
        "CONNACK",
        "PUBLISH",
        "PUBACK",
        "PUBREC",
        "PUBREL",
        "PUBCOMP",
        "SUBSCRIBE",
        "SUBACK",
        "UNSUBSCRIBE",
        "UNSUBACK",
        "PINGREQ",
        "PINGRESP",
        "DISCONNECT",
        "AUTH",
    };
    return names.at(static_cast<std::size_t>(type));
}

void dump_packet(
    base::logger& log,
    std::string_view direction,
    std::string_view client_id,
    const packet_summary& what
) {
    log.debug(
        "packet",
        {{"direction", direction},
         {"type", name_of(what.type)},
         {"client", what.client_id.empty() ? client_id : what.client_id},
         {"flags", std::uint64_t{what.flags}},
         {"id", std::uint64_t{what.packet_id}},
         {"topic", what.topic},
         {"reason", std::uint64_t{what.reason.value_or(0)}},
         {"bytes", what.bytes}}
    );
}

}  // namespace lmqtt::client
