#include "broker/sys_topics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace lmqtt::broker {

namespace {

constexpr std::array<double, 3> span_minutes{1, 5, 15};

std::string two_decimals(double value) {
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.2f", value);
    return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

load_averages::sample load_averages::sample_of(const totals& now) {
    return {
        now.packets_received,
        now.packets_sent,
        now.publish_received,
        now.publish_sent,
        now.publish_dropped,
        now.bytes_received,
        now.bytes_sent,
        now.connections,
    };
}

void load_averages::update(const totals& now, std::chrono::duration<double> since_last) {
    const sample current = sample_of(now);
    const double minutes = since_last.count() / 60;
    if (started_ && minutes > 0) {
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            const double per_minute = static_cast<double>(current[kind] - last_[kind]) / minutes;
            for (std::size_t span = 0; span < spans; ++span) {
                const double keep = std::exp(-minutes / span_minutes[span]);
                double& average = averages_[kind][span];
                average = per_minute + keep * (average - per_minute);
            }
        }
    }
    last_ = current;
    started_ = true;
}

void load_averages::append_to(std::vector<sys_topic>& topics) const {
    constexpr std::array<std::string_view, kinds> names{
        "messages/received",
        "messages/sent",
        "publish/received",
        "publish/sent",
        "publish/dropped",
        "bytes/received",
        "bytes/sent",
        "connections",
    };
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        for (std::size_t span = 0; span < spans; ++span) {
            const auto minutes = std::to_string(static_cast<int>(span_minutes[span]));
            topics.push_back(
                {"$SYS/broker/load/" + std::string(names[kind]) + "/" + minutes + "min",
                 two_decimals(averages_[kind][span])}
            );
        }
    }
}

std::string certificate_topic(std::string_view listener, std::string_view what) {
    std::string level(listener);
    std::ranges::replace_if(
        level, [](char c) { return c == '/' || c == '+' || c == '#'; }, '_'
    );
    return "$SYS/broker/listeners/" + level + "/certificate/" + std::string(what);
}

std::vector<sys_topic>
sys_topics(const totals& now, std::chrono::seconds uptime, const load_averages& load) {
    std::vector<sys_topic> topics;
    const auto say = [&](std::string_view name, std::int64_t value) {
        topics.push_back({"$SYS/broker/" + std::string(name), std::to_string(value)});
    };
    topics.push_back({"$SYS/broker/version", "lmqtt version " LMQTT_VERSION});
    topics.push_back({"$SYS/broker/uptime", std::to_string(uptime.count()) + " seconds"});
    say("clients/total", now.sessions);
    say("clients/connected", now.clients_connected);
    say("clients/active", now.clients_connected);
    say("clients/disconnected", now.sessions - now.clients_connected);
    say("clients/inactive", now.sessions - now.clients_connected);
    say("clients/maximum", now.clients_maximum);
    say("clients/expired", now.sessions_expired);
    say("messages/received", now.packets_received);
    say("messages/sent", now.packets_sent);
    say("messages/stored", now.queued + now.retained);
    say("publish/messages/received", now.publish_received);
    say("publish/messages/sent", now.publish_sent);
    say("publish/messages/dropped", now.publish_dropped);
    say("publish/bytes/received", now.publish_bytes_received);
    say("publish/bytes/sent", now.publish_bytes_sent);
    say("bytes/received", now.bytes_received);
    say("bytes/sent", now.bytes_sent);
    say("subscriptions/count", now.subscriptions);
    say("shared_subscriptions/count", now.shared_subscriptions);
    say("retained messages/count", now.retained);
    say("store/messages/count", now.queued + now.retained);
    say("store/messages/bytes", now.queued_bytes + now.retained_bytes);
    say("store/pending/bytes", now.store_pending_bytes);
    say("store/log/bytes", now.store_log_bytes);
    topics.push_back({store_state_topic, std::string(now.store_state)});
    topics.push_back({config_state_topic, std::string(now.config_state)});
    if (!now.accounts_state.empty()) {
        topics.push_back({accounts_state_topic, std::string(now.accounts_state)});
    }
    load.append_to(topics);
    return topics;
}

}  // namespace lmqtt::broker
