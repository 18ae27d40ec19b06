// What a broker is asked and what it answers. Plain values; views are valid during the call.
#pragma once

#include "broker/directory.hpp"
#include "broker/owner.hpp"
#include "broker/session_places.hpp"
#include "session/session.hpp"

#include <lmqtt/config.hpp>
#include <lmqtt/reason_code.hpp>
#include <lmqtt/store.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lmqtt::broker {

using session::connection_id;
using session::handle;

struct broker_options {
    unsigned shard = 0;
    unsigned shards = 1;
    shared_subscription_strategy strategy = shared_subscription_strategy::round_robin;
    retained_limits retained{};
    session_limits sessions{};
    std::uint64_t cache_bytes = 0;  // of messages deep in queues, beyond which they are paged out
    bool retain_available = true;
    bool stores_retained_qos0 = true;
};

/// The name that rules know the session's client by: one that was proved, or none. A view of it.
inline std::string_view proved_name(const session::session& whose) {
    return is_user(static_cast<owner>(whose.owner)) ? whose.username() : std::string_view{};
}

/// For whom its place was counted last; a view of the session.
inline place_holder place_holder_of(const session::session& of) {
    return {static_cast<owner>(of.owner), of.username()};
}

// What CONNECT has agreed on.
struct arrival {
    std::string client_id;
    std::string username;
    principal who;  // that the session will belong to
    protocol_version version;
    bool clean_start;
    std::uint32_t expiry_interval_seconds;
    session::delivery_terms terms;
    std::unique_ptr<stored_will> will;
    std::shared_ptr<const session::policy> rules;
    connection_id connection;
};

struct attachment {
    session::session* where =
        nullptr;  // null: the broker, or the user, has as many sessions as may be
    bool session_present = false;
    ticket committed_by = 0;  // CONNACK waits for it
};

// How a connection ended. [MQTT-3.14.4-3]
struct departure {
    bool publish_will = true;
    std::optional<std::uint32_t> expiry_interval_seconds;  // DISCONNECT may change it
};

// A message on its way in: views, valid during the call.
struct publication {
    std::string_view topic;
    byte_view payload;
    byte_view properties;  // forwardable, in wire form
    std::string_view publisher;
    author_ptr author = {};  // of what is retained; null: nobody whom access rules are asked about
    handle origin = 0;
    std::int64_t expires_at_ms = 0;
    qos quality = qos::at_most_once;
    bool retain = false;
    bool expiry_given = false;
    bool of_stored_will = false;  // what is delivered of it is stored with the will's removal
};

struct routed {
    bool matched = false;
    bool refused = false;            // nothing was queued or retained: 0x97 Quota exceeded
    std::uint16_t owed = 0;          // verdicts other shards will send
    std::uint16_t other_shards = 0;  // that deliver it
    ticket committed_by = 0;
    std::uint64_t message_id = 0;
    bool linked = false;  // what is delivered waits for take_packet_id(), or the will's removal
};

struct subscribed {
    reason_code reason = reason_code::quota_exceeded;  // or the granted QoS
    bool replay = false;  // retained messages are to be sent, after the SUBACK
    ticket committed_by = 0;
};

// A client does not want a message it was sent. [MQTT-4.3.3-4]
struct refusal {
    qos quality;
    std::uint16_t packet_id;
};

// A message that was taken to be sent turned out to be one that must not be.
struct dropping {
    session::drop_reason why;
    std::int64_t now_ms;
};

// On whose behalf the broker itself publishes: a will's session, or nobody's.
struct sender {
    handle origin = 0;
    std::string_view client_id;
    const session::policy& rules;
    author_ptr author = {};
    bool of_stored_will = false;
};

// Names a shared group in a delivery; never 0.
std::uint32_t group_tag(std::string_view share_name, std::string_view filter);

// When a message stops being worth delivering; 0 for never. [MQTT-3.3.2-5]
std::int64_t expiry_time(
    std::optional<std::uint32_t> interval_seconds, std::uint32_t cap_seconds, std::int64_t now_ms
);

}  // namespace lmqtt::broker
