// A message on its way to many receivers: encoded once, shared, immutable, in one allocation. What
// all PUBLISH packets of it have in common is kept in wire form; what differs is written for each.
//
// The count is not atomic: a message belongs to one shard, and crosses to another as a copy.
#pragma once

#include <lmqtt/bytes.hpp>
#include <lmqtt/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lmqtt::mqtt {

struct routed_fields {
    std::string_view topic = {};
    byte_view payload = {};
    byte_view properties = {};        // forwardable ones, in wire form
    std::string_view publisher = {};  // client identifier
    std::uint64_t id = 0;
    std::uint64_t origin = 0;  // the publisher's session handle, for No Local
    std::int64_t published_at_ms = 0;
    std::int64_t expires_at_ms = 0;  // 0: never
    qos quality = qos::at_most_once;
    bool retain = false;
    bool expiry_given = false;  // by the publisher, so it is forwarded [MQTT-3.3.2-6]
};

class routed_message_ptr;

class routed_message {
public:
    routed_message(const routed_message&) = delete;
    routed_message& operator=(const routed_message&) = delete;

    std::string_view topic() const { return {text(), topic_size_}; }

    byte_view properties() const { return {text() + topic_size_, properties_size_}; }

    byte_view payload() const { return {text() + topic_size_ + properties_size_, payload_size_}; }

    std::string_view publisher() const {
        return {text() + topic_size_ + properties_size_ + payload_size_, publisher_size_};
    }

    std::uint64_t id() const { return id_; }

    // Only while nobody else has the message.
    void renumber(std::uint64_t id) const { id_ = id; }

    std::uint64_t origin() const { return origin_; }

    std::int64_t published_at_ms() const { return published_at_ms_; }

    std::int64_t expires_at_ms() const { return expires_at_ms_; }

    qos quality() const { return quality_; }

    bool retain() const { return retain_; }

    bool expiry_given() const { return expiry_given_; }

    // Bytes it takes, for limits.
    std::size_t memory() const {
        return sizeof(*this) + topic_size_ + properties_size_ + payload_size_ + publisher_size_;
    }

    // For another shard.
    routed_message_ptr copy() const;
    // One more owner of this one, on the same shard.
    routed_message_ptr shared() const;

private:
    friend class routed_message_ptr;
    friend routed_message_ptr make_routed_message(const routed_fields& fields);

    explicit routed_message(const routed_fields& fields);
    ~routed_message() = default;

    const char* text() const { return reinterpret_cast<const char*>(this + 1); }

    char* text() { return reinterpret_cast<char*>(this + 1); }

    static void destroy(const routed_message* message) noexcept;

    mutable std::uint32_t owners_ = 0;
    std::uint32_t payload_size_;
    std::uint32_t properties_size_;
    std::uint32_t topic_size_;
    std::uint32_t publisher_size_;
    qos quality_;
    bool retain_;
    bool expiry_given_;
    mutable std::uint64_t id_;
    std::uint64_t origin_;
    std::int64_t published_at_ms_;
    std::int64_t expires_at_ms_;
};

class routed_message_ptr {
public:
    routed_message_ptr() = default;

    explicit routed_message_ptr(const routed_message* message)
        : message_(message) {
        ++message_->owners_;
    }

    routed_message_ptr(const routed_message_ptr& other)
        : message_(other.message_) {
        if (message_ != nullptr) {
            ++message_->owners_;
        }
    }

    routed_message_ptr(routed_message_ptr&& other) noexcept
        : message_(std::exchange(other.message_, nullptr)) {}

    routed_message_ptr& operator=(routed_message_ptr other) noexcept {
        std::swap(message_, other.message_);
        return *this;
    }

    ~routed_message_ptr() {
        if (message_ != nullptr && --message_->owners_ == 0) {
            routed_message::destroy(message_);
        }
    }

    const routed_message* get() const { return message_; }

    const routed_message& operator*() const { return *message_; }

    const routed_message* operator->() const { return message_; }

    explicit operator bool() const { return message_ != nullptr; }

private:
    const routed_message* message_ = nullptr;
};

routed_message_ptr make_routed_message(const routed_fields& fields);

// What is particular about one PUBLISH of a message.
struct delivery {
    std::uint16_t packet_id = 0;
    qos quality = qos::at_most_once;
    bool dup = false;
    bool retain = false;
    std::uint16_t topic_alias = 0;  // 0: none
    bool omit_topic = false;        // the receiver knows the alias
    std::size_t topic_skip = 0;     // bytes at the topic's front the receiver does not see
    std::span<const std::uint32_t> subscription_identifiers = {};
    std::optional<std::uint32_t> message_expiry_interval = {};
};

// The size of no packet: the message cannot be sent like this, because its topic is longer than
// 65535 bytes (a mount point came in front) or the packet longer than 268435455 (identifiers came
// in).
inline constexpr std::size_t unsendable = std::numeric_limits<std::size_t>::max();

// Of the whole packet, or unsendable.
std::size_t
encoded_size(const routed_message& message, const delivery& how, protocol_version version);
// Of what is not unsendable.
void append_publish(
    std::string& out, const routed_message& message, const delivery& how, protocol_version version
);
// All but the payload, which follows from where it lies.
void append_publish_head(
    std::string& out, const routed_message& message, const delivery& how, protocol_version version
);

}  // namespace lmqtt::mqtt
