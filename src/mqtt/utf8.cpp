#include "mqtt/utf8.hpp"

#include "base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace lmqtt::mqtt {

namespace {

// True if none of the eight bytes is 0 or above 0x7f.
bool all_plain(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    return ((word | (word - ones)) & highs) == 0;
}

// How many bytes the character at the front takes; 0 if it is one that no string may have.
std::size_t character_size(std::string_view text) {
    const auto first = static_cast<std::uint8_t>(text.front());
    if (first < 0x80) {
        return first == 0 ? 0 : 1;
    }
    return base::utf8_character_size(text);
}

}  // namespace

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
        const std::size_t size = character_size(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace lmqtt::mqtt
