// Bytes in, whole packets out, without copying. Judges a packet by its fixed header, before its
// body has arrived: type, flags, length, the reader's limit. (2.1) Keeps nothing between calls:
// bytes that are no whole packet yet stay with the caller.
#pragma once

#include "mqtt/error.hpp"

#include <lmqtt/bytes.hpp>
#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <optional>

namespace lmqtt::mqtt {

struct frame {
    packet_type type;
    std::uint8_t flags;
    byte_view body;   // variable header and payload
    byte_view whole;  // fixed header included
};

struct frame_limits {
    std::uint64_t maximum_packet_size;  // of the whole packet, fixed header included
    bool only_connect = false;          // nothing but CONNECT is welcome [MQTT-3.1.0-1]
    protocol_version version = protocol_version::v5_0;  // 3.1 repeats requests with DUP
};

// Takes one packet off the front of `input`; nothing if it has not wholly arrived. Fails at the
// first byte that no welcome packet can have.
decoded<std::optional<frame>> next_frame(byte_view& input, const frame_limits& limits);

}  // namespace lmqtt::mqtt
