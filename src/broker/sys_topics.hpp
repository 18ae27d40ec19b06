// $SYS/broker/...: the metrics under the names mosquitto's users know. Pure: numbers in, topics
// out.
#pragma once

#include "broker/metrics.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::broker {

struct totals {
    std::int64_t clients_connected = 0;
    std::int64_t clients_maximum = 0;
    std::int64_t sessions = 0;
    std::int64_t sessions_expired = 0;
    std::int64_t subscriptions = 0;
    std::int64_t shared_subscriptions = 0;
    std::int64_t retained = 0;
    std::int64_t retained_bytes = 0;
    std::int64_t queued = 0;
    std::int64_t queued_bytes = 0;
    std::int64_t packets_received = 0;
    std::int64_t packets_sent = 0;
    std::int64_t bytes_received = 0;
    std::int64_t bytes_sent = 0;
    std::int64_t publish_received = 0;
    std::int64_t publish_sent = 0;
    std::int64_t publish_dropped = 0;
    std::int64_t publish_bytes_received = 0;
    std::int64_t publish_bytes_sent = 0;
    std::int64_t connections = 0;
    std::int64_t store_pending_bytes = 0;
    std::int64_t store_log_bytes = 0;
    std::string_view store_state = "working";
    std::string_view config_state = "applied";
    std::string_view accounts_state = {};  // empty: there are no accounts
};

// Published whenever it changes, too.
inline constexpr auto store_state_topic = "$SYS/broker/store/state";

// Whether what runs is what the configuration file said at the last reload; published at each.
inline constexpr auto config_state_topic = "$SYS/broker/config/state";

constexpr std::string_view config_state_text(bool reload_failed) {
    return reload_failed ? "refused" : "applied";
}

// Whether the accounts in use are those in their files; published whenever it changes, too. So is
// the state of a listener's certificate.
inline constexpr auto accounts_state_topic = "$SYS/broker/accounts/state";

constexpr std::string_view files_state_text(bool refused) {
    return refused ? "refused" : "loaded";
}

struct sys_topic {
    std::string topic;
    std::string payload;
};

// Moving averages over 1, 5 and 15 minutes, per minute, as mosquitto's load topics.
class load_averages {
public:
    void update(const totals& now, std::chrono::duration<double> since_last);
    void append_to(std::vector<sys_topic>& topics) const;

private:
    static constexpr std::size_t kinds = 8;
    static constexpr std::size_t spans = 3;
    using sample = std::array<std::int64_t, kinds>;

    static sample sample_of(const totals& now);

    sample last_{};
    std::array<std::array<double, spans>, kinds> averages_{};
    bool started_ = false;
};

// What a listener's certificate says of itself: "seconds_left", "state". What no topic level may
// have becomes '_'.
std::string certificate_topic(std::string_view listener, std::string_view what);

std::vector<sys_topic>
sys_topics(const totals& now, std::chrono::seconds uptime, const load_averages& load);

}  // namespace lmqtt::broker
