#include "client/listener_rules.hpp"

#include "broker/mount.hpp"
#include "client/login.hpp"

#include <string_view>

namespace lmqtt::client {

namespace {

using refusal = std::optional<connect_refusal>;

refusal refused(reason_code reason, std::string_view why) {
    return connect_refusal{reason, why};
}

}  // namespace

refusal listener_rules::refusal_of(const connect_packet& connect) const {
    if (!versions.allows(connect.version)) {
        return refused(reason_code::unsupported_protocol_version, "its version is not spoken here");
    }
    if (const auto objection = objection_to_identity(connect)) {
        return objection;
    }
    if (!allows_keep_alive(connect)) {
        return refused(
            reason_code::client_identifier_not_valid,
            "its keep alive is longer than max_keepalive, or none"
        );
    }
    return connect.will ? refusal_of(*connect.will) : std::nullopt;
}

refusal listener_rules::objection_to_identity(const connect_packet& connect) const {
    if (!limits.max_clientid_bytes.allows(connect.client_id.size())) {
        return refused(
            reason_code::client_identifier_not_valid,
            "its client identifier is longer than limits.max_clientid_bytes"
        );
    }
    // [MQTT-3.1.3-7 of 3.1.1] [MQTT-3.1.3-8 of 3.1.1]; 3.1 knows no empty client identifier
    const bool nameless_allowed =
        mqtt.allow_zero_length_clientid &&
        (connect.version == protocol_version::v5_0 ||
         (connect.clean_start && connect.version == protocol_version::v3_1_1));
    if (connect.client_id.empty() && !nameless_allowed) {
        // [MQTT-3.1.3-8]
        return refused(reason_code::client_identifier_not_valid, "it has no client identifier");
    }
    if (!limits.max_username_bytes.allows(connect.username.value_or("").size())) {
        return refused(
            reason_code::bad_user_name_or_password,
            "its user name is longer than limits.max_username_bytes"
        );
    }
    const std::string_view password = connect.password.value_or("");
    if (takes_tokens && looks_like_token(password)) {
        if (!limits.max_token_bytes.allows(password.size())) {
            return refused(
                reason_code::bad_user_name_or_password,
                "its token is longer than limits.max_token_bytes"
            );
        }
    } else if (!limits.max_password_bytes.allows(password.size())) {
        return refused(
            reason_code::bad_user_name_or_password,
            "its password is longer than limits.max_password_bytes"
        );
    }
    return std::nullopt;
}

// 5.0 clients are told which to keep instead (3.2.2.3.14).
bool listener_rules::allows_keep_alive(const connect_packet& connect) const {
    if (connect.version == protocol_version::v5_0 || !mqtt.refuse_long_keepalive ||
        mqtt.max_keepalive.is_unlimited()) {
        return true;
    }
    return connect.keep_alive_seconds != 0 &&
           mqtt.max_keepalive.allows(std::chrono::seconds(connect.keep_alive_seconds));
}

refusal listener_rules::refusal_of(const will_fields& will) const {
    if (!admissible.is_topic_name(will.topic) || !broker::can_be_mounted(mount_point, will.topic) ||
        broker::admissible::is_reserved(will.topic)) {
        // [MQTT-3.1.3-11]
        return refused(reason_code::topic_name_invalid, "its will has no topic to publish to");
    }
    if (will.quality > mqtt.maximum_qos) {  // [MQTT-3.2.2-12]
        return refused(reason_code::qos_not_supported, "its will has a QoS above maximum_qos");
    }
    if (will.retain && !mqtt.retain_available) {  // [MQTT-3.2.2-13]
        return refused(reason_code::retain_not_supported, "its will is to be retained");
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
