// What a store keeps beside sessions: messages, their authors, wills. Plain values.
#pragma once

#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt {

/// A message as a store keeps it. Times are milliseconds since 1970-01-01 UTC; 0 means never.
struct stored_message {
    std::uint64_t id = 0;  ///< assigned by the broker, strictly increasing
    std::string topic;
    std::string payload;
    std::string properties;  ///< the forwardable MQTT 5 properties in wire form
    std::string publisher;   ///< client identifier, empty for the broker itself
    qos quality = qos::at_most_once;
    bool retain = false;
    bool expiry_given = false;  ///< the publisher set the expiry, so it is forwarded [MQTT-3.3.2-6]
    std::int64_t published_at_ms = 0;
    std::int64_t expires_at_ms = 0;

    friend bool operator==(const stored_message&, const stored_message&) = default;
};

/// Who left a retained message, as access rules know clients.
struct stored_author {
    std::string username;  ///< that was proved; empty: none was
    std::string listener;  ///< its name; empty: not known
    /// Those a token gave. Nothing: the accounts say it at every moment anew.
    std::optional<std::vector<std::string>> roles = {};
};

/// A will as CONNECT gave it. [MQTT-3.1.2-7]
struct stored_will {
    std::string topic;
    std::string payload;
    std::string properties;  ///< all will properties but the Will Delay Interval, in wire form
    qos quality = qos::at_most_once;
    bool retain = false;
    std::uint32_t delay_seconds = 0;
    std::int64_t fire_at_ms = 0;  ///< 0: the connection is up
    /// Its client's, if a token gave them. Nothing: the accounts say it at every moment anew.
    std::optional<std::vector<std::string>> roles = {};
    std::uint64_t id = 0;  ///< assigned by the broker, names it to the store; 0: not stored

    friend bool operator==(const stored_will&, const stored_will&) = default;
};

}  // namespace lmqtt
