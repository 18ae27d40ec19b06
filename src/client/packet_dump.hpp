// log.dump_packet: one debug line a packet, for somebody who looks for a mistake in a client. Says
// what a packet is, never what it carries: no payload, password or authentication data. Pure, but
// for the line.
#pragma once

#include "base/log.hpp"

#include <lmqtt/bytes.hpp>
#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace lmqtt::client {

// What a line tells of a packet. Views into it.
struct packet_summary {
    packet_type type = packet_type::connect;
    std::uint8_t flags = 0;
    std::uint64_t bytes = 0;      // the whole packet, fixed header included
    std::uint16_t packet_id = 0;  // 0: none
    std::string_view topic = {};  // of PUBLISH; the first filter of SUBSCRIBE and UNSUBSCRIBE
    std::string_view client_id = {};
    std::optional<std::uint8_t> reason = {};
};

// Of a well-formed packet, whose payload may be missing at its end.
packet_summary summarize(byte_view packet, protocol_version version);

std::string_view name_of(packet_type type);

// `direction` is a literal: "received" or "sent".
void dump_packet(
    base::logger& log,
    std::string_view direction,
    std::string_view client_id,
    const packet_summary& what
);

}  // namespace lmqtt::client
