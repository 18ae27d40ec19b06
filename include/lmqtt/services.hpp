// What a running server says about itself when a program asks it (lmqtt/server.hpp): copies, true
// when they were made. Plain values.
#pragma once

#include <lmqtt/message.hpp>
#include <lmqtt/protocol.hpp>
#include <lmqtt/subscription.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmqtt {

/// What services say about a session. A copy: true when it was made.
struct session_info {
    std::string client_id;
    std::string username;
    protocol_version version = protocol_version::v5_0;
    bool connected = false;
    std::int64_t created_at_ms = 0;  ///< milliseconds since 1970-01-01 UTC
    std::int64_t connected_at_ms = 0;
    std::int64_t disconnected_at_ms = 0;  ///< 0: connected
    std::uint32_t expiry_interval_seconds = 0;
    std::size_t queued_messages = 0;
    std::uint64_t queued_bytes = 0;
    std::size_t inflight_messages = 0;
    std::vector<subscription> subscriptions;
};

/// One number the server counts. The names are those of docs/metrics.md.
struct metric_value {
    std::string_view name;
    std::string_view help;
    bool is_counter = false;
    std::int64_t value = 0;
};

}  // namespace lmqtt
