// Reads along, while a TLS handshake is in the clear, how long its messages say they are: OpenSSL
// takes memory for a message, and clears it, as soon as its length has come, and for a ClientHello
// that may be 128 KiB, for thirteen bytes from anybody. (RFC 8446, 4 and 5.1; RFC 5246, 7.4) Pure.
#pragma once

#include <cstdint>
#include <span>

namespace lmqtt::net {

class handshake_gauge {
public:
    /// Several times what clients send: keys that withstand quantum computers are 1 to 2 KiB.
    static constexpr std::uint32_t longest_hello = 8 * 1024;

    enum class verdict : std::uint8_t {
        allowed,
        too_long,   // a message is longer than any need be
        encrypted,  // from here on there is nothing to be read
    };

    /// The next bytes of the peer. In TLS 1.2 all is encrypted behind its ChangeCipherSpec; in 1.3
    /// that means nothing, and encrypted records say that they are.
    [[nodiscard]] verdict look_at(std::span<const char> raw, bool is_1_2);

private:
    [[nodiscard]] bool take_header_of_message(std::uint8_t byte);

    std::uint32_t record_left_ = 0;   // bytes of the record
    std::uint32_t message_left_ = 0;  // bytes of the message
    std::uint32_t length_ = 0;        // of the message, as far as it has been said
    std::uint8_t record_read_ = 0;    // bytes of the record's header
    std::uint8_t message_read_ = 0;   // bytes of the message's header
    std::uint8_t record_type_ = 0;
    std::uint8_t message_type_ = 0;
};

}  // namespace lmqtt::net
