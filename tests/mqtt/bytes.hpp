// Bytes as tests write them, and the frame they make. No test is encoded by the code it tests.
#pragma once

#include "mqtt/framer.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lmqtt::mqtt::test {

inline constexpr std::uint64_t no_limit = 1'000'000'000;

// "10 02 'MQ' ff": hexadecimal bytes, and text between quotation marks.
inline std::string hex(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
        } else if (text.front() == '\'') {
            const std::size_t end = text.find('\'', 1);
            bytes += text.substr(1, end - 1);
            text.remove_prefix(end + 1);
        } else {
            bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(0, 2)), nullptr, 16)
            ));
            text.remove_prefix(2);
        }
    }
    return bytes;
}

inline std::string number_of_two_bytes(std::size_t value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

inline std::string prefixed(std::string_view text) {
    return number_of_two_bytes(text.size()) + std::string(text);
}

inline std::string variable(std::size_t value) {
    std::string bytes;
    do {
        bytes.push_back(static_cast<char>(value % 128 + (value >= 128 ? 128 : 0)));
        value /= 128;
    } while (value > 0);
    return bytes;
}

inline std::string packet_of(unsigned first_byte, std::string_view body) {
    return static_cast<char>(first_byte) + variable(body.size()) + std::string(body);
}

// Of exactly one packet; the bytes must outlive it.
inline frame frame_of(std::string_view bytes, protocol_version version = protocol_version::v5_0) {
    byte_view rest = bytes;
    const auto found = next_frame(rest, {.maximum_packet_size = no_limit, .version = version});
    if (!found || !*found || !rest.empty()) {
        throw std::logic_error("a test's bytes are not one packet");
    }
    return **found;
}

// Keeps the bytes it is a frame of.
class kept_frame {
public:
    explicit kept_frame(std::string_view bytes_in_hex)
        : bytes_(hex(bytes_in_hex)) {}

    operator frame() const { return frame_of(bytes_); }

private:
    std::string bytes_;
};

// The code of a failure, or 0 for success.
template <class T>
unsigned failure_of(const T& result) {
    return result ? 0U : static_cast<unsigned>(result.error().code);
}

}  // namespace lmqtt::mqtt::test
