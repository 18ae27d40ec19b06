// Every reason code of MQTT 5.0 (2.4), and a type for each packet that carries one, so that a code in
// the wrong packet does not compile.
#pragma once

#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace lmqtt {

enum class reason_code : std::uint8_t {
    success = 0x00,
    normal_disconnection = 0x00,
    granted_qos_0 = 0x00,
    granted_qos_1 = 0x01,
    granted_qos_2 = 0x02,
    disconnect_with_will_message = 0x04,
    no_matching_subscribers = 0x10,
    no_subscription_existed = 0x11,
    continue_authentication = 0x18,
    re_authenticate = 0x19,
    unspecified_error = 0x80,
    malformed_packet = 0x81,
    protocol_error = 0x82,
    implementation_specific_error = 0x83,
    unsupported_protocol_version = 0x84,
    client_identifier_not_valid = 0x85,
    bad_user_name_or_password = 0x86,
    not_authorized = 0x87,
    server_unavailable = 0x88,
    server_busy = 0x89,
    banned = 0x8a,
    server_shutting_down = 0x8b,
    bad_authentication_method = 0x8c,
    keep_alive_timeout = 0x8d,
    session_taken_over = 0x8e,
    topic_filter_invalid = 0x8f,
    topic_name_invalid = 0x90,
    packet_identifier_in_use = 0x91,
    packet_identifier_not_found = 0x92,
    receive_maximum_exceeded = 0x93,
    topic_alias_invalid = 0x94,
    packet_too_large = 0x95,
    message_rate_too_high = 0x96,
    quota_exceeded = 0x97,
    administrative_action = 0x98,
    payload_format_invalid = 0x99,
    retain_not_supported = 0x9a,
    qos_not_supported = 0x9b,
    use_another_server = 0x9c,
    server_moved = 0x9d,
    shared_subscriptions_not_supported = 0x9e,
    connection_rate_exceeded = 0x9f,
    maximum_connect_time = 0xa0,
    subscription_identifiers_not_supported = 0xa1,
    wildcard_subscriptions_not_supported = 0xa2,
};

/// 0x80 and above say that something failed (MQTT 5.0, 2.4).
constexpr bool is_error(reason_code code) {
    return static_cast<std::uint8_t>(code) >= 0x80;
}

/// The standard's name of a code: "Quota exceeded". Some names depend on the packet; 0x00 is "Success".
std::string_view name_of(reason_code code);

/// Whether the standard's tables (3.2.2.2, 3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1, 3.9.3, 3.11.3,
/// 3.14.2.1, 3.15.2.1) allow this code in packets of this type.
constexpr bool is_allowed(packet_type type, reason_code code) {
    using enum reason_code;
    const auto any_of = [code](auto... allowed) { return ((code == allowed) || ...); };
    switch (type) {
    case packet_type::connack:
        return any_of(
            success, unspecified_error, malformed_packet, protocol_error,
            implementation_specific_error, unsupported_protocol_version,
            client_identifier_not_valid, bad_user_name_or_password, not_authorized,
            server_unavailable, server_busy, banned, bad_authentication_method, topic_name_invalid,
            packet_too_large, quota_exceeded, payload_format_invalid, retain_not_supported,
            qos_not_supported, use_another_server, server_moved, connection_rate_exceeded
        );
    case packet_type::puback:
    case packet_type::pubrec:
        return any_of(
            success, no_matching_subscribers, unspecified_error, implementation_specific_error,
            not_authorized, topic_name_invalid, packet_identifier_in_use, quota_exceeded,
            payload_format_invalid
        );
    case packet_type::pubrel:
    case packet_type::pubcomp:
        return any_of(success, packet_identifier_not_found);
    case packet_type::suback:
        return any_of(
            granted_qos_0, granted_qos_1, granted_qos_2, unspecified_error,
            implementation_specific_error, not_authorized, topic_filter_invalid,
            packet_identifier_in_use, quota_exceeded, shared_subscriptions_not_supported,
            subscription_identifiers_not_supported, wildcard_subscriptions_not_supported
        );
    case packet_type::unsuback:
        return any_of(
            success, no_subscription_existed, unspecified_error, implementation_specific_error,
            not_authorized, topic_filter_invalid, packet_identifier_in_use
        );
    case packet_type::disconnect:
        return any_of(
            normal_disconnection, disconnect_with_will_message, unspecified_error,
            malformed_packet, protocol_error, implementation_specific_error, not_authorized,
            server_busy, server_shutting_down, keep_alive_timeout, session_taken_over,
            topic_filter_invalid, topic_name_invalid, receive_maximum_exceeded,
            topic_alias_invalid, packet_too_large, message_rate_too_high, quota_exceeded,
            administrative_action, payload_format_invalid, retain_not_supported,
            qos_not_supported, use_another_server, server_moved,
            shared_subscriptions_not_supported, connection_rate_exceeded, maximum_connect_time,
            subscription_identifiers_not_supported, wildcard_subscriptions_not_supported
        );
    case packet_type::auth:
        return any_of(success, continue_authentication, re_authenticate);
    default:
        return false;
    }
}

/// A reason code that packets of type `Type` may carry.
template <packet_type Type>
class packet_reason {
public:
    constexpr packet_reason() = default;

    /// From a constant; a code that is not allowed in this packet does not compile.
    consteval packet_reason(reason_code code)
        : code_(is_allowed(Type, code) ? code : throw "reason code not allowed in this packet") {}

    /// From what is only known at run time; empty if the packet may not carry it.
    static constexpr std::optional<packet_reason> from(reason_code code) {
        if (!is_allowed(Type, code)) {
            return std::nullopt;
        }
        packet_reason result;
        result.code_ = code;
        return result;
    }

    /// The plain code.
    constexpr reason_code code() const { return code_; }

    friend constexpr bool operator==(packet_reason, packet_reason) = default;

private:
    reason_code code_ = reason_code::success;
};

using connack_reason = packet_reason<packet_type::connack>;
using puback_reason = packet_reason<packet_type::puback>;
using pubrec_reason = packet_reason<packet_type::pubrec>;
using pubrel_reason = packet_reason<packet_type::pubrel>;
using pubcomp_reason = packet_reason<packet_type::pubcomp>;
using suback_reason = packet_reason<packet_type::suback>;
using unsuback_reason = packet_reason<packet_type::unsuback>;
using disconnect_reason = packet_reason<packet_type::disconnect>;
using auth_reason = packet_reason<packet_type::auth>;

}  // namespace lmqtt
