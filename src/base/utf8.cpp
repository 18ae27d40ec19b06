#include "base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace lmqtt::base {

namespace {

// True if none of the eight bytes is 0 or above 0x7f.
bool all_plain(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    return ((word | (word - ones)) & highs) == 0;
}

struct lead {
    std::size_t following;
    std::uint32_t bits;
    std::uint32_t smallest;
};

lead read_lead(std::uint8_t byte) {
    if (byte >= 0xc2 && byte <= 0xdf) {
        return {1, byte & 0x1fU, 0x80};
    }
    if (byte >= 0xe0 && byte <= 0xef) {
        return {2, byte & 0x0fU, 0x800};
    }
    if (byte >= 0xf0 && byte <= 0xf4) {
        return {3, byte & 0x07U, 0x10000};
    }
    return {0, 0, 0};
}

// How many bytes the character at the front takes; 0 if it is ill-formed or cut off.
std::size_t character_size(std::string_view text) {
    const auto first = static_cast<std::uint8_t>(text.front());
    if (first < 0x80) {
        return 1;
    }
    const lead start = read_lead(first);
    if (start.following == 0 || text.size() <= start.following) {
        return 0;
    }
    std::uint32_t point = start.bits;
    for (std::size_t at = 1; at <= start.following; ++at) {
        const auto next = static_cast<std::uint8_t>(text[at]);
        if ((next & 0xc0U) != 0x80) {
            return 0;
        }
        point = point << 6U | (next & 0x3fU);
    }
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < start.smallest || point > 0x10ffff || surrogate ? 0 : start.following + 1;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

bool is_utf8_string(std::string_view text) {
    while (!text.empty()) {
        if (text.size() >= sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data(), sizeof word);
            if (all_plain(word)) {
                text.remove_prefix(sizeof word);
                continue;
            }
        }
        const std::size_t size = text.front() == '\0' ? 0 : character_size(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace lmqtt::base
