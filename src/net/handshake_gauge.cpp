#include "net/handshake_gauge.hpp"

#include <algorithm>

namespace lmqtt::net {

namespace {

constexpr std::uint8_t record_header_bytes = 5;   // type, version, length
constexpr std::uint8_t message_header_bytes = 4;  // type, length
constexpr std::uint8_t change_cipher_spec = 20;
constexpr std::uint8_t handshake = 22;
constexpr std::uint8_t client_hello = 1;

}  // namespace

handshake_gauge::verdict handshake_gauge::look_at(std::span<const char> raw, bool is_1_2) {
    while (!raw.empty()) {
        const auto byte = static_cast<std::uint8_t>(raw.front());
        std::size_t taken = 1;
        if (record_read_ < record_header_bytes) {
            record_type_ = record_read_ == 0 ? byte : record_type_;
            record_left_ = record_read_ < 3 ? 0 : record_left_ << 8 | byte;
            ++record_read_;
        } else if (record_type_ == handshake && message_left_ == 0) {
            if (!take_header_of_message(byte)) {
                return verdict::too_long;
            }
            --record_left_;
        } else {
            const std::uint32_t left =
                record_type_ == handshake ? std::min(record_left_, message_left_) : record_left_;
            taken = std::min<std::size_t>(raw.size(), left);
            message_left_ -= record_type_ == handshake ? static_cast<std::uint32_t>(taken) : 0;
            record_left_ -= static_cast<std::uint32_t>(taken);
        }
        raw = raw.subspan(taken);
        if (record_read_ == record_header_bytes && record_left_ == 0) {
            record_read_ = 0;
            if (is_1_2 && record_type_ == change_cipher_spec) {
                return verdict::encrypted;
            }
        }
    }
    return verdict::allowed;
}

bool handshake_gauge::take_header_of_message(std::uint8_t byte) {
    message_type_ = message_read_ == 0 ? byte : message_type_;
    length_ = message_read_ == 0 ? 0 : length_ << 8 | byte;
    if (++message_read_ < message_header_bytes) {
        return true;
    }
    message_read_ = 0;
    message_left_ = length_;
    return message_type_ != client_hello || length_ <= longest_hello;
}

}  // namespace lmqtt::net
