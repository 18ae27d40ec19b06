// How numbers and strings are appended to a packet. Free functions; the caller owns the bytes.
#pragma once

#include "base/assert.hpp"

#include <lmqtt/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace lmqtt::mqtt {

// What two bytes of length can say (1.5.4).
inline constexpr std::size_t longest_string = 65'535;

inline void append_u8(std::string& out, std::uint8_t value) {
    out.push_back(static_cast<char>(value));
}

inline void append_u16(std::string& out, std::uint16_t value) {
    append_u8(out, static_cast<std::uint8_t>(value >> 8U));
    append_u8(out, static_cast<std::uint8_t>(value));
}

inline void append_u32(std::string& out, std::uint32_t value) {
    append_u16(out, static_cast<std::uint16_t>(value >> 16U));
    append_u16(out, static_cast<std::uint16_t>(value));
}

inline void append_prefixed(std::string& out, byte_view bytes) {
    LMQTT_ASSERT(bytes.size() <= longest_string);
    append_u16(out, static_cast<std::uint16_t>(bytes.size()));
    out.append(bytes);
}

}  // namespace lmqtt::mqtt
