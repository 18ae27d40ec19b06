// The words between an outbox and those who use it: limits, what is offered, what comes out, what
// was dropped and why. Plain values.
#pragma once

#include "mqtt/publish_frame.hpp"

#include <lmqtt/config.hpp>
#include <lmqtt/protocol.hpp>
#include <lmqtt/store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace lmqtt::session {

struct outbox_limits {
    std::size_t maximum_messages;
    std::uint64_t maximum_bytes;
    std::uint16_t maximum_inflight;             // the broker's window, whatever the client allows
    std::chrono::milliseconds inflight_expiry;  // zero: off
    overflow_policy overflow;
};

// What the connected client can take. [MQTT-3.3.4-9] [MQTT-3.1.2-24]
struct delivery_terms {
    protocol_version version;
    std::uint16_t receive_maximum;
    std::uint32_t maximum_packet_size;
};

using identifier_list = std::vector<std::uint32_t>;

struct offer {
    mqtt::routed_message_ptr message = {};
    std::unique_ptr<identifier_list> subscription_identifiers = {};  // null: none
    ticket committed_by = 0;      // a QoS 2 PUBLISH is not sent before: else a crash sends it twice
    std::uint32_t shared_by = 0;  // the shared group it came through; 0: none
    qos quality = qos::at_most_once;
    bool retain = false;
};

enum class offer_verdict : std::uint8_t { queued, dropped, rejected };

enum class drop_reason : std::uint8_t {
    queue_full,
    message_expired,
    inflight_expired,
    exceeds_maximum_packet_size,
    session_ended,
    refused_by_client,
    unreadable,  // it was paged out, and the store has it no more
    offline_qos0,
    not_allowed,  // by access rules
};

inline constexpr std::size_t drop_reasons = static_cast<std::size_t>(drop_reason::not_allowed) + 1;

// One of the words after lmqtt_dropped_ in the metrics.
std::string_view text_of(drop_reason why);

struct dropped_message {
    mqtt::routed_message_ptr message;  // null: only a PUBREL was left, or the store has it
    std::uint64_t message_id;
    std::optional<std::uint64_t> position;  // none: it never had a place in the queue
    drop_reason why;
    qos quality;
};

using drop_list = std::vector<dropped_message>;

// A place in the queue as a store gives it back.
struct restored_place {
    mqtt::routed_message_ptr message = {};  // null: `received`, or left in the store
    std::unique_ptr<identifier_list> subscription_identifiers = {};
    std::uint64_t message_id = 0;
    std::uint64_t at = 0;
    std::int64_t expires_at_ms = 0;
    std::uint32_t bytes = 0;  // of memory the message takes, or would take
    std::uint32_t shared_by = 0;
    qos quality = qos::at_most_once;
    bool retain = false;
    bool received = false;  // only the PUBREL is owed
    bool beyond = false;    // larger than the queue's limit of bytes
};

// The next thing to write. For a PUBREL `message` is null.
struct outgoing {
    const mqtt::routed_message* message;
    const identifier_list* subscription_identifiers;
    std::uint16_t packet_id;
    qos quality;
    bool dup;
    bool retain;
    mqtt::routed_message_ptr keep;  // holds a QoS 0 message that has left the queue ...
    std::unique_ptr<identifier_list> keep_identifiers;  // ... and its identifiers
};

}  // namespace lmqtt::session
