#include "server/rules.hpp"

#include <lmqtt/listen_address.hpp>
#include <lmqtt/server.hpp>

#include <limits>
#include <string>
#include <utility>
#include <variant>

namespace lmqtt::serving {

namespace {

template <class Duration>
std::uint32_t seconds_cap(const limit<Duration>& cap) {
    if (cap.is_unlimited()) {
        return session::never_expires;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(cap.value_or_max());
    return static_cast<std::uint32_t>(
        std::min<std::int64_t>(seconds.count(), session::never_expires - 1)
    );
}

std::shared_ptr<const session::policy> policy_of(const config& whole, const listener_config& of) {
    const mqtt_options mqtt = effective(whole, of);
    const limit_options& limits = whole.limits;
    const durability promised = of.durability.value_or(whole.persistence.durability);
    auto policy = std::make_shared<session::policy>();
    policy->outbox.maximum_messages = mqtt.max_queued_messages.value_or_max();
    policy->outbox.maximum_bytes = mqtt.max_queued_bytes.value_or_max();
    policy->outbox.maximum_inflight = mqtt.max_inflight.value_or_max();
    policy->outbox.inflight_expiry =
        mqtt.inflight_expiry.value_or(std::chrono::milliseconds::zero());
    policy->outbox.overflow = mqtt.overflow;
    policy->session_expiry_cap_seconds = seconds_cap(mqtt.session_expiry);
    policy->message_expiry_cap_seconds = seconds_cap(mqtt.message_expiry);
    policy->maximum_subscriptions = limits.max_subscriptions_per_session.value_or_max();
    policy->waits_for_store = promised != durability::memory;
    policy->queue_qos0 = mqtt.queue_qos0_messages;
    policy->upgrade_outgoing_qos = mqtt.upgrade_outgoing_qos;
    policy->deliver_overlapping = mqtt.delivery_mode == delivery_mode::overlap;
    policy->listener = listener_name(of);
    return policy;
}

mqtt::decode_limits decode_limits_of(const limit_options& limits) {
    mqtt::decode_limits bounds;
    bounds.maximum_user_properties = limits.max_user_properties.value_or_max();
    bounds.maximum_property_bytes = limits.max_property_bytes.value_or_max();
    bounds.maximum_filters = limits.max_filters_per_subscribe.value_or_max();
    return bounds;
}

broker::admissible admissible_of(const mqtt_options& mqtt, const limit_options& limits) {
    broker::admissible taken;
    taken.topics.maximum_bytes = limits.max_topic_bytes.value_or_max();
    taken.topics.maximum_levels = limits.max_topic_levels.value_or_max();
    taken.wildcards = mqtt.wildcard_subscription_available;
    taken.shared = mqtt.shared_subscription_available;
    return taken;
}

std::int64_t count_of(const limit<std::uint64_t>& most) {
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::min(most.value_or_max(), largest));
}

}  // namespace

std::vector<client::listener_rules_ptr> listener_rules_of(const config& whole) {
    std::vector<client::listener_rules_ptr> all;
    for (const auto& listener : whole.listeners) {
        auto rules = std::make_shared<client::listener_rules>();
        rules->name = listener_name(listener);
        rules->mqtt = effective(whole, listener);
        rules->limits = whole.limits;
        rules->versions = listener.protocol_versions;
        rules->mount_point = listener.mount_point;
        const auto address = parse_listen_address(listener.address);
        rules->allow_anonymous = listener.allow_anonymous;
        rules->password_file = own_password_file(whole, listener);
        rules->is_local = address && is_local(*address) && !is_behind_proxy(listener);
        rules->takes_tokens = !whole.auth.jwt.key_file.empty();
        rules->dump_packets = whole.log.dump_packet;
        rules->decode = decode_limits_of(whole.limits);
        rules->admissible = admissible_of(rules->mqtt, whole.limits);
        rules->policy = policy_of(whole, listener);
        all.push_back(std::move(rules));
    }
    return all;
}

std::set<std::string> password_files_of(const config& whole) {
    std::set<std::string> files;
    for (const auto& listener : whole.listeners) {
        if (std::string file = own_password_file(whole, listener); !file.empty()) {
            files.insert(std::move(file));
        }
    }
    return files;
}

broker::broker_options broker_options_of(const config& whole, unsigned shard, unsigned shards) {
    broker::broker_options options;
    options.shard = shard;
    options.shards = shards;
    options.strategy = whole.mqtt.shared_subscription_strategy;
    options.retained.maximum_messages = whole.limits.max_retained_messages.value_or_max();
    options.retained.maximum_bytes = whole.limits.max_retained_bytes.value_or_max();
    options.sessions.in_all = count_of(whole.limits.max_sessions);
    options.sessions.of_one_user = count_of(whole.limits.max_sessions_per_user);
    options.stores_retained_qos0 =
        whole.persistence.retained_qos0 == retained_qos0_storage::write_behind;
    options.cache_bytes = whole.persistence.cache_bytes / shards;
    options.retain_available = whole.mqtt.retain_available;
    return options;
}

net::admission_limits admission_limits_of(const config& whole) {
    net::admission_limits limits;
    limits.connections = whole.limits.max_connections.value_or_max();
    limits.connections_per_address = whole.limits.max_connections_per_address.value_or_max();
    limits.connects_per_second = whole.limits.connect_rate_per_address.value_or_max();
    limits.pending = whole.limits.max_pending_handshakes.value_or_max();
    limits.pending_per_address = whole.limits.max_pending_handshakes_per_address.value_or_max();
    limits.connect_burst = whole.limits.connect_burst_per_address.value_or_max();
    return limits;
}

std::shared_ptr<const session::policy> policy_of_nobody(const session::policy& one) {
    auto policy = std::make_shared<session::policy>(one);
    policy->listener.clear();
    return policy;
}

std::shared_ptr<const access::rule_set>
rule_set_of(std::vector<access_rule> rules, const acl_options& configured) {
    std::vector<std::string> origins;
    origins.reserve(rules.size());
    for (const access_rule& each : rules) {
        origins.push_back(each.origin.empty() ? "acl.rules" : each.origin);
    }
    auto made = access::rule_set::make(
        std::move(rules), configured.configured, configured.restricted_listeners
    );
    if (const auto* const problems = std::get_if<std::vector<access::rule_problem>>(&made)) {
        std::string text;
        for (const access::rule_problem& each : *problems) {
            text += (text.empty() ? "" : "; ") + origins[each.rule] + ": " + each.message;
        }
        throw startup_error(startup_error::cause::configuration, text);
    }
    return std::get<std::shared_ptr<const access::rule_set>>(std::move(made));
}

}  // namespace lmqtt::serving
