// Variable Byte Integers (1.5.5): up to four bytes, seven bits each, the shortest form only. Free
// functions.
#pragma once

#include <lmqtt/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace lmqtt::mqtt {

inline constexpr std::uint32_t largest_varint = 268'435'455;

struct varint {
    enum class reading : std::uint8_t { whole, incomplete, malformed };

    reading outcome = reading::incomplete;
    std::uint8_t size = 0;  // bytes it took
    std::uint32_t value = 0;
};

// Reads the integer at the front. [MQTT-1.5.5-1]
inline varint read_varint(byte_view bytes) {
    std::uint32_t value = 0;
    for (std::uint8_t at = 0; at < 4; ++at) {
        if (at == bytes.size()) {
            return {};
        }
        const auto byte = static_cast<std::uint8_t>(bytes[at]);
        value |= (byte & 0x7fU) << (7U * at);
        if (byte < 0x80) {
            const bool overlong = at > 0 && byte == 0;
            const auto outcome = overlong ? varint::reading::malformed : varint::reading::whole;
            return {outcome, static_cast<std::uint8_t>(at + 1), value};
        }
    }
    return {varint::reading::malformed, 4, 0};
}

constexpr std::size_t varint_size(std::uint32_t value) {
    return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

inline void append_varint(std::string& out, std::uint32_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>((value & 0x7fU) | 0x80U));
        value >>= 7U;
    }
    out.push_back(static_cast<char>(value));
}

}  // namespace lmqtt::mqtt
