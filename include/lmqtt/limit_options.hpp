// [limits]: what protects the broker from its clients (lmqtt/config.hpp). Plain values.
#pragma once

#include <lmqtt/limit.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace lmqtt {

struct limit_options {
    std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
    limit<std::uint64_t> max_pending_handshakes = 2048;
    limit<std::uint64_t> max_pending_handshakes_per_address = 256;
    limit<std::uint64_t> max_connect_packet = 64 * 1024;
    limit<std::uint64_t> max_connections = 100'000;
    limit<std::uint64_t> max_connections_per_address = unlimited;
    limit<std::uint64_t> connect_rate_per_address = 50;
    limit<std::uint64_t> connect_burst_per_address = 200;
    limit<std::uint64_t> max_clientid_bytes = 256;
    limit<std::uint64_t> max_username_bytes = 256;
    limit<std::uint64_t> max_password_bytes = 1024;
    limit<std::uint64_t> max_token_bytes = 16 * 1024;
    limit<std::uint64_t> max_topic_bytes = 4096;
    limit<std::uint64_t> max_topic_levels = 128;
    limit<std::uint64_t> max_filters_per_subscribe = 256;
    limit<std::uint64_t> max_subscriptions_per_session = 1000;
    limit<std::uint64_t> max_user_properties = 64;
    limit<std::uint64_t> max_property_bytes = 16 * 1024;
    limit<std::uint64_t> max_retained_messages = 100'000;
    limit<std::uint64_t> max_retained_bytes = 256 * 1024 * 1024;
    limit<std::uint64_t> max_sessions = 100'000;
    limit<std::uint64_t> max_sessions_per_user = 1000;
    limit<std::uint64_t> max_output_bytes = 1024 * 1024;
    std::chrono::milliseconds output_stall = std::chrono::seconds(30);
    /// Bytes; empty is "auto": 60 % of what the machine or the cgroup has.
    std::optional<limit<std::uint64_t>> memory = {};

    friend bool operator==(const limit_options&, const limit_options&) = default;
};

}  // namespace lmqtt
