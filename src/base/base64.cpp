#include "base/base64.hpp"

namespace lmqtt::base {

namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view for_urls =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::string_view alphabet_of(base64_kind kind) {
    return kind == base64_kind::url ? for_urls : standard;
}

// The text without its padding; nothing if that is not what it should be.
std::optional<std::string_view> without_padding(std::string_view text, base64_kind kind) {
    if (kind != base64_kind::padded) {
        return text;
    }
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    for (int most = 2; most > 0 && text.ends_with('='); --most) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

std::string to_base64(std::string_view bytes, base64_kind kind) {
    const std::string_view alphabet = alphabet_of(kind);
    std::string text;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6; count -= 6) {
            text += alphabet[(bits >> (count - 6)) & 0x3f];
        }
    }
    if (count > 0) {
        text += alphabet[(bits << (6 - count)) & 0x3f];
    }
    while (kind == base64_kind::padded && text.size() % 4 != 0) {
        text += '=';
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text, base64_kind kind) {
    const auto digits = without_padding(text, kind);
    if (!digits || digits->size() % 4 == 1) {
        return std::nullopt;
    }
    const std::string_view alphabet = alphabet_of(kind);
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char digit : *digits) {
        const std::size_t value = alphabet.find(digit);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> count) & 0xff);
        }
    }
    // What is left over of the last digit would be a second text of the same bytes.
    return (bits & ((1U << count) - 1)) == 0 ? std::optional(bytes) : std::nullopt;
}

}  // namespace lmqtt::base
