// The keyed hash of both indexes. Clients choose topics and filters, so without a secret seed they
// could choose ones that collide and make every lookup linear. Pure functions; any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace lmqtt::topic {

/// Multiplies to 128 bits and folds the halves together.
inline std::uint64_t fold(std::uint64_t left, std::uint64_t right) {
    __extension__ using wide = unsigned __int128;
    const wide product = static_cast<wide>(left) * right;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Spreads a number, such as a session's handle, over all 64 bits.
inline std::uint64_t spread(std::uint64_t number) {
    return fold(number ^ 0x9e37'79b9'7f4a'7c15, 0xbf58'476d'1ce4'e5b9);
}

/// A text of up to eight bytes as a number, padded with zeros: texts without U+0000 all have
/// another one.
inline std::uint64_t packed(std::string_view text) {
    if constexpr (std::endian::native == std::endian::little) {
        if (text.size() >= 4) {
            std::uint32_t first;
            std::uint32_t last;
            std::memcpy(&first, text.data(), 4);
            std::memcpy(&last, text.data() + text.size() - 4, 4);
            return first | std::uint64_t{last} << (8 * (text.size() - 4));
        }
    }
    std::uint64_t word = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        word |= std::uint64_t{static_cast<unsigned char>(text[at])} << (8 * at);
    }
    return word;
}

/// The hash of a text under a seed.
[[nodiscard]] std::uint64_t text_hash(std::string_view text, std::uint64_t seed);

/// A seed nobody outside the process can guess.
[[nodiscard]] std::uint64_t random_seed();

}  // namespace lmqtt::topic
