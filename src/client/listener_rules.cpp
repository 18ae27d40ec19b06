#include "client/listener_rules.hpp"

#include "broker/mount.hpp"

namespace lmqtt::client {

std::optional<reason_code> listener_rules::refusal_of(const connect_packet& connect) const {
    const bool v5 = connect.version == protocol_version::v5_0;
    if (!versions.allows(connect.version)) {
        return reason_code::unsupported_protocol_version;
    }
    if (!limits.max_clientid_bytes.allows(connect.client_id.size())) {
        return reason_code::client_identifier_not_valid;
    }
    // [MQTT-3.1.3-7 of 3.1.1] [MQTT-3.1.3-8 of 3.1.1]; 3.1 knows no empty client identifier
    const bool nameless_allowed =
        mqtt.allow_zero_length_clientid &&
        (v5 || (connect.clean_start && connect.version == protocol_version::v3_1_1));
    if (connect.client_id.empty() && !nameless_allowed) {
        return reason_code::client_identifier_not_valid;  // [MQTT-3.1.3-8]
    }
    if (!limits.max_username_bytes.allows(connect.username.value_or("").size()) ||
        !limits.max_password_bytes.allows(connect.password.value_or("").size())) {
        return reason_code::bad_user_name_or_password;
    }
    return connect.will ? refusal_of(*connect.will) : std::nullopt;
}

std::optional<reason_code> listener_rules::refusal_of(const will_fields& will) const {
    if (!admissible.is_topic_name(will.topic) || !broker::can_be_mounted(mount_point, will.topic) ||
        broker::admissible::is_reserved(will.topic)) {
        return reason_code::topic_name_invalid;  // [MQTT-3.1.3-11]
    }
    if (will.quality > mqtt.maximum_qos) {
        return reason_code::qos_not_supported;  // [MQTT-3.2.2-12]
    }
    if (will.retain && !mqtt.retain_available) {
        return reason_code::retain_not_supported;  // [MQTT-3.2.2-13]
    }
    return std::nullopt;
}

listener_rules_ptr rules_with(const listener_rules_ptr& rules, const client_limits& settled) {
    if (settled == client_limits{}) {
        return rules;
    }
    auto own = std::make_shared<listener_rules>(*rules);
    auto& mqtt = own->mqtt;
    const auto settle = [](auto& what, const auto& as) {
        if (as) {
            what = *as;
        }
    };
    settle(mqtt.server_receive_maximum, settled.receive_maximum);
    settle(mqtt.maximum_qos, settled.maximum_qos);
    settle(mqtt.retain_available, settled.retain_available);
    settle(mqtt.max_packet_size, settled.maximum_packet_size);
    settle(mqtt.topic_alias_maximum, settled.topic_alias_maximum);
    settle(mqtt.wildcard_subscription_available, settled.wildcard_subscription_available);
    settle(mqtt.subscription_identifier_available, settled.subscription_identifier_available);
    settle(mqtt.shared_subscription_available, settled.shared_subscription_available);
    own->admissible.wildcards = mqtt.wildcard_subscription_available;
    own->admissible.shared = mqtt.shared_subscription_available;
    if (settled.max_inflight) {
        mqtt.max_inflight = *settled.max_inflight;
        auto policy = std::make_shared<session::policy>(*rules->policy);
        policy->outbox.maximum_inflight = *settled.max_inflight;
        own->policy = std::move(policy);
    }
    return own;
}

}  // namespace lmqtt::client
