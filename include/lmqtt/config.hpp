// The whole configuration of a server, as plain values with their defaults: the broker is complete
// with `config{}`. Nothing here knows TOML; lmqttd reads its file into these (src/config), a
// program that embeds the broker fills them in. What a field means is the sentence of its key:
// docs/config.md. The server keeps its own copy, and a reload hands it a new one.
#pragma once

#include <lmqtt/acl_options.hpp>
#include <lmqtt/auth_options.hpp>
#include <lmqtt/config_choices.hpp>
#include <lmqtt/limit_options.hpp>
#include <lmqtt/protocol.hpp>
#include <lmqtt/transport_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt {

/// [mqtt]: what the broker offers its clients. Listeners may override some of it: effective().
struct mqtt_options {
    limit<std::chrono::seconds> session_expiry = std::chrono::seconds(7200);
    std::chrono::milliseconds session_expiry_check_interval = std::chrono::seconds(20);
    limit<std::chrono::seconds> message_expiry = std::chrono::seconds(7200);
    limit<std::chrono::milliseconds> inflight_expiry = std::chrono::milliseconds(30'000);
    limit<std::uint64_t> max_packet_size = 2 * 1024 * 1024;
    std::uint16_t server_receive_maximum = 100;
    limit<std::chrono::seconds> max_keepalive = std::chrono::seconds(300);
    bool refuse_long_keepalive = false;  ///< of 3.x clients
    std::uint16_t topic_alias_maximum = 10;
    bool subscription_identifier_available = true;
    bool wildcard_subscription_available = true;
    bool shared_subscription_available = true;
    lmqtt::shared_subscription_strategy shared_subscription_strategy =
        lmqtt::shared_subscription_strategy::round_robin;
    qos maximum_qos = qos::exactly_once;
    bool retain_available = true;
    limit<std::uint64_t> max_queued_messages = 1000;
    limit<std::uint64_t> max_queued_bytes = 4 * 1024 * 1024;
    limit<std::uint16_t> max_inflight = 100;
    bool queue_qos0_messages = true;
    overflow_policy overflow = overflow_policy::drop_oldest;
    lmqtt::delivery_mode delivery_mode = lmqtt::delivery_mode::onlyonce;
    bool allow_zero_length_clientid = true;
    std::string assigned_clientid_prefix = "auto-";
    bool upgrade_outgoing_qos = false;

    friend bool operator==(const mqtt_options&, const mqtt_options&) = default;
};

/// [persistence]
struct persistence_options {
    persistence_type type = persistence_type::sqlite;
    std::string path = "lmqtt.db";  ///< relative: to where the program runs
    lmqtt::durability durability = lmqtt::durability::full;
    std::chrono::milliseconds commit_interval = std::chrono::milliseconds(0);
    std::uint64_t cache_bytes = std::uint64_t{64} * 1024 * 1024;
    retained_qos0_storage retained_qos0 = retained_qos0_storage::write_behind;
    corruption_policy on_corrupt = corruption_policy::fail;
    storage_error_policy on_storage_error = storage_error_policy::hold;

    friend bool operator==(const persistence_options&, const persistence_options&) = default;
};

/// [log]
struct log_options {
    log_level level = log_level::info;
    log_format format = log_format::text;
    /// "stderr", "stdout", "syslog", "journald", or the path of a file (it contains a '/').
    std::string destination = "stderr";
    limit<std::uint64_t> max_lines_per_cause = 10;  ///< a second
    bool dump_packet = false;

    friend bool operator==(const log_options&, const log_options&) = default;
};

/// [sys]
struct sys_options {
    /// Empty is "off": no $SYS topics.
    std::optional<std::chrono::milliseconds> interval = std::chrono::seconds(10);

    friend bool operator==(const sys_options&, const sys_options&) = default;
};

/// One [[listeners]] entry. An empty optional inherits from [mqtt].
struct listener_config {
    std::string address = {};  ///< "host:port", "[::1]:1883", ":1883" (all addresses), "unix:/path"
    std::string name = {};     ///< empty: the address; listener_name() says which
    /// Empty: true if only this machine can reach it, and there are no accounts, nor a
    /// password_file; and not for pages of other hosts in a browser on this machine.
    std::optional<bool> allow_anonymous = {};
    limit<std::uint64_t> max_connections = 10'000;
    std::string mount_point = {};
    lmqtt::protocol_versions protocol_versions = {};
    std::uint32_t unix_mode = 0660;
    /// Empty: that of [persistence].
    std::optional<lmqtt::durability> durability = {};
    /// In place of auth.password_file on this listener. Empty: that one.
    std::string password_file = {};
    /// A file of more rules, about this listener alone. lmqttd reads it; a server does not.
    std::string acl_file = {};
    bool proxy_protocol = false;
    std::vector<std::string> proxy_trusted = {};
    std::optional<websocket_options> websocket = {};  ///< empty: MQTT without WebSocket
    std::optional<tls_options> tls = {};              ///< empty: no TLS

    std::optional<bool> allow_zero_length_clientid = {};
    std::optional<std::string> assigned_clientid_prefix = {};
    std::optional<limit<std::chrono::seconds>> max_keepalive = {};
    std::optional<qos> maximum_qos = {};
    std::optional<limit<std::uint64_t>> max_packet_size = {};
    std::optional<std::uint16_t> topic_alias_maximum = {};

    friend bool operator==(const listener_config&, const listener_config&) = default;
};

struct config {
    std::optional<unsigned> workers = 1;  ///< shards; empty is "auto": worker_count()
    std::string pid_file = {};            ///< empty: none
    std::string user = {};                ///< empty: stay who we are
    std::vector<listener_config> listeners = {
        {.address = "127.0.0.1:1883"},
        {.address = "127.0.0.1:8883", .websocket = websocket_options{}}};
    mqtt_options mqtt = {};
    limit_options limits = {};
    persistence_options persistence = {};
    auth_options auth = {};
    acl_options acl = {};
    log_options log = {};
    sys_options sys = {};

    friend bool operator==(const config&, const config&) = default;
};

/// How many shards to run on a machine of `cores`.
inline unsigned worker_count(const config& whole, unsigned cores) {
    return whole.workers.value_or(cores <= 2 ? 1U : std::min(4U, cores / 2));
}

/// What logs, metrics and rules call this listener.
inline const std::string& listener_name(const listener_config& listener) {
    return listener.name.empty() ? listener.address : listener.name;
}

/// Whether others than this machine's programs come in by it, wherever it listens.
inline bool is_behind_proxy(const listener_config& listener) {
    return listener.proxy_protocol ||
           (listener.websocket && !listener.websocket->trusted_proxies.empty());
}

/// The password file that this listener does not share with the server; empty: none. Whoever names
/// the server's once more has said nothing new.
inline std::string own_password_file(const config& whole, const listener_config& listener) {
    const bool shares = listener.password_file == whole.auth.password_file;
    return shares ? std::string() : listener.password_file;
}

/// [mqtt] as the clients of this listener see it: its overrides put over the server's options.
inline mqtt_options effective(const config& whole, const listener_config& listener) {
    mqtt_options options = whole.mqtt;
    const auto override_with = [](const auto& own, auto& inherited) {
        if (own) {
            inherited = *own;
        }
    };
    override_with(listener.allow_zero_length_clientid, options.allow_zero_length_clientid);
    override_with(listener.assigned_clientid_prefix, options.assigned_clientid_prefix);
    override_with(listener.max_keepalive, options.max_keepalive);
    override_with(listener.maximum_qos, options.maximum_qos);
    override_with(listener.max_packet_size, options.max_packet_size);
    override_with(listener.topic_alias_maximum, options.topic_alias_maximum);
    return options;
}

}  // namespace lmqtt
