// The few MQTT bytes the benchmarks speak: just enough of 3.1.1 and 5.0 for clients that connect,
// subscribe, publish and acknowledge. Written apart from src/mqtt on purpose: a bench that shared
// the broker's codec would agree with its mistakes. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

enum class packet_type : std::uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubrel = 6,
    pubcomp = 7,
    subscribe = 8,
    suback = 9,
    unsubscribe = 10,
    unsuback = 11,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14,
    auth = 15,
};

// The protocol level of CONNECT: 4 is MQTT 3.1.1, 5 is MQTT 5.0.
enum class protocol : std::uint8_t { v3_1_1 = 4, v5_0 = 5 };

struct frame {
    packet_type type;
    std::uint8_t flags;
    std::string_view body;
};

struct publish_view {
    std::uint8_t quality;
    bool duplicate;
    bool retain;
    std::uint16_t packet_id;
    std::string_view topic;
    std::string_view payload;
};

struct publish_fields {
    std::uint8_t quality;
    std::uint16_t packet_id;
    std::string_view topic;
    std::size_t payload_size;
};

struct connack_view {
    std::uint8_t reason;
    std::uint16_t receive_maximum;
};

// Takes the first whole frame off `bytes`, or nothing while it is incomplete. Throws
// std::runtime_error when the remaining length is malformed.
std::optional<frame> take_frame(std::string_view& bytes);

std::uint16_t read_u16(std::string_view bytes, std::size_t at);
connack_view read_connack(protocol version, std::string_view body);
publish_view read_publish(protocol version, const frame& packet);

void append_u16(std::string& out, std::uint16_t value);
void append_string(std::string& out, std::string_view text);
// `lasting`: the session is to outlive its connection.
void append_connect(
    std::string& out, protocol version, std::string_view client_id, bool lasting = false
);
void append_connack(std::string& out, protocol version);
// Fixed and variable header; the caller appends exactly `payload_size` bytes after it.
void append_publish_header(std::string& out, protocol version, const publish_fields& fields);
void append_subscribe(std::string& out, protocol version, std::string_view filter, int quality);
void append_suback(
    std::string& out, protocol version, std::uint16_t packet_id, std::string_view codes
);
// PUBACK, PUBREC, PUBREL or PUBCOMP with success, in the short form both versions share.
void append_ack(std::string& out, packet_type type, std::uint16_t packet_id);
// PINGREQ, PINGRESP or DISCONNECT without a body.
void append_empty(std::string& out, packet_type type);

}  // namespace bench
