// Packets as bytes, written by hand. Nothing here calls the encoder, so that encoder and decoder
// are not tested by their common mistake.
#pragma once

#include "mqtt/framer.hpp"

#include <lmqtt/bytes.hpp>
#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lmqtt::mqtt::test {

inline constexpr protocol_version every_version[] = {
    protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5_0};

inline constexpr packet_type every_type[] = {
    packet_type::connect,
    packet_type::connack,
    packet_type::publish,
    packet_type::puback,
    packet_type::pubrec,
    packet_type::pubrel,
    packet_type::pubcomp,
    packet_type::subscribe,
    packet_type::suback,
    packet_type::unsubscribe,
    packet_type::unsuback,
    packet_type::pingreq,
    packet_type::pingresp,
    packet_type::disconnect,
    packet_type::auth,
};

// "10 02 'MQ' ff": hexadecimal bytes, and text between quotation marks.
inline std::string hex(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
        } else if (text.front() == '\'') {
            const std::size_t end = text.find('\'', 1);
            out += text.substr(1, end - 1);
            text.remove_prefix(end + 1);
        } else {
            out.push_back(static_cast<char>(std::stoi(std::string(text.substr(0, 2)), nullptr, 16))
            );
            text.remove_prefix(2);
        }
    }
    return out;
}

inline std::string bytes(std::initializer_list<unsigned> values) {
    std::string out;
    for (const unsigned value : values) {
        out.push_back(static_cast<char>(value));
    }
    return out;
}

inline std::string u16_bytes(std::size_t value) {
    return bytes({static_cast<unsigned>(value >> 8U & 0xffU), static_cast<unsigned>(value & 0xffU)}
    );
}

// Two bytes of length, then the text.
inline std::string prefixed(std::string_view text) {
    return u16_bytes(text.size()) + std::string(text);
}

// A Variable Byte Integer, by the algorithm of 1.5.5.
inline std::string varint_bytes(std::size_t value) {
    std::string out;
    do {
        const std::size_t digit = value % 128;
        value /= 128;
        out.push_back(static_cast<char>(value > 0 ? digit | 128U : digit));
    } while (value > 0);
    return out;
}

// A property block with its length in front.
inline std::string block(std::string_view properties) {
    return varint_bytes(properties.size()) + std::string(properties);
}

inline unsigned usual_flags(packet_type type) {
    const bool two = type == packet_type::pubrel || type == packet_type::subscribe ||
                     type == packet_type::unsubscribe;
    return two ? 2 : 0;
}

inline std::string packet_bytes(unsigned first_byte, std::string_view body) {
    return bytes({first_byte}) + varint_bytes(body.size()) + std::string(body);
}

inline std::string packet_bytes(packet_type type, std::string_view body) {
    return packet_bytes(static_cast<unsigned>(type) << 4U | usual_flags(type), body);
}

inline constexpr frame_limits no_limit{
    .maximum_packet_size = std::numeric_limits<std::uint64_t>::max()};

// One frame in memory of exactly its size, so that a sanitizer sees the first byte read too far.
class lone_frame {
public:
    explicit lone_frame(std::string_view whole, protocol_version version = protocol_version::v5_0)
        : memory_(new char[whole.size()]) {
        std::memcpy(memory_.get(), whole.data(), whole.size());
        byte_view input(memory_.get(), whole.size());
        frame_limits limits = no_limit;
        limits.version = version;
        const auto found = next_frame(input, limits);
        if (!found || !*found || !input.empty()) {
            throw std::logic_error("a test's bytes are not one packet");
        }
        frame_ = **found;
    }

    lone_frame(packet_type type, std::string_view body)
        : lone_frame(packet_bytes(type, body)) {}

    operator const frame&() const { return *frame_; }

private:
    std::unique_ptr<char[]> memory_;
    std::optional<frame> frame_;
};

// The code of a failure, or 0 for success.
template <class T>
unsigned failure_of(const T& result) {
    return result ? 0U : static_cast<unsigned>(result.error().code);
}

inline constexpr unsigned malformed_code = 0x81;
inline constexpr unsigned protocol_error_code = 0x82;

}  // namespace lmqtt::mqtt::test
