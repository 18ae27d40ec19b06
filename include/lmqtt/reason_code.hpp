// Every reason code of MQTT 5.0 (2.4), and a type for each packet that carries one, so that a code
// in the wrong packet does not compile. Plain values.
#pragma once

#include <lmqtt/protocol.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lmqtt {

/// The standard's codes under the standard's names; three of them are called 0x00.
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

/// One code: its name in the standard, and the packets whose own tables list it (3.2.2.2, 3.4.2.1,
/// 3.5.2.1, 3.6.2.1, 3.7.2.1, 3.9.3, 3.11.3, 3.14.2.1, 3.15.2.1), one bit for each packet type.
struct reason_row {
    reason_code code;
    std::string_view name;
    std::uint16_t packets;
};

namespace reason_rows {

using enum packet_type;
using enum reason_code;

/// The bits of packet types in reason_row::packets.
template <class... Types>
constexpr std::uint16_t in(Types... types) {
    return static_cast<std::uint16_t>(((1U << static_cast<unsigned>(types)) | ...));
}

inline constexpr auto refusals = in(connack, puback, pubrec, suback, unsuback, disconnect);
inline constexpr auto subscribed = in(suback, disconnect);
// clang-format off
inline constexpr reason_row all[] = {
    {success, "Success", refusals | in(pubrel, pubcomp, auth)},
    {granted_qos_1, "Granted QoS 1", in(suback)},
    {granted_qos_2, "Granted QoS 2", in(suback)},
    {disconnect_with_will_message, "Disconnect with Will Message", in(disconnect)},
    {no_matching_subscribers, "No matching subscribers", in(puback, pubrec)},
    {no_subscription_existed, "No subscription existed", in(unsuback)},
    {continue_authentication, "Continue authentication", in(auth)},
    {re_authenticate, "Re-authenticate", in(auth)},
    {unspecified_error, "Unspecified error", refusals},
    {malformed_packet, "Malformed Packet", in(connack, disconnect)},
    {protocol_error, "Protocol Error", in(connack, disconnect)},
    {implementation_specific_error, "Implementation specific error", refusals},
    {unsupported_protocol_version, "Unsupported Protocol Version", in(connack)},
    {client_identifier_not_valid, "Client Identifier not valid", in(connack)},
    {bad_user_name_or_password, "Bad User Name or Password", in(connack)},
    {not_authorized, "Not authorized", refusals},
    {server_unavailable, "Server unavailable", in(connack)},
    {server_busy, "Server busy", in(connack, disconnect)},
    {banned, "Banned", in(connack)},
    {server_shutting_down, "Server shutting down", in(disconnect)},
    {bad_authentication_method, "Bad authentication method", in(connack)},
    {keep_alive_timeout, "Keep Alive timeout", in(disconnect)},
    {session_taken_over, "Session taken over", in(disconnect)},
    {topic_filter_invalid, "Topic Filter invalid", in(suback, unsuback, disconnect)},
    {topic_name_invalid, "Topic Name invalid", in(connack, puback, pubrec, disconnect)},
    {packet_identifier_in_use, "Packet Identifier in use", in(puback, pubrec, suback, unsuback)},
    {packet_identifier_not_found, "Packet Identifier not found", in(pubrel, pubcomp)},
    {receive_maximum_exceeded, "Receive Maximum exceeded", in(disconnect)},
    {topic_alias_invalid, "Topic Alias invalid", in(disconnect)},
    {packet_too_large, "Packet too large", in(connack, disconnect)},
    {message_rate_too_high, "Message rate too high", in(disconnect)},
    {quota_exceeded, "Quota exceeded", in(connack, puback, pubrec, suback, disconnect)},
    {administrative_action, "Administrative action", in(disconnect)},
    {payload_format_invalid, "Payload format invalid", in(connack, puback, pubrec, disconnect)},
    {retain_not_supported, "Retain not supported", in(connack, disconnect)},
    {qos_not_supported, "QoS not supported", in(connack, disconnect)},
    {use_another_server, "Use another server", in(connack, disconnect)},
    {server_moved, "Server moved", in(connack, disconnect)},
    {shared_subscriptions_not_supported, "Shared Subscriptions not supported", subscribed},
    {connection_rate_exceeded, "Connection rate exceeded", in(connack, disconnect)},
    {maximum_connect_time, "Maximum connect time", in(disconnect)},
    {subscription_identifiers_not_supported, "Subscription Identifiers not supported", subscribed},
    {wildcard_subscriptions_not_supported, "Wildcard Subscriptions not supported", subscribed},
};
// clang-format on

/// The column `packets`, by code.
inline constexpr auto packets_of = [] {
    std::array<std::uint16_t, 256> column{};
    for (const reason_row& row : all) {
        column[static_cast<std::uint8_t>(row.code)] = row.packets;
    }
    return column;
}();

}  // namespace reason_rows

/// The standard's name of a code: "Quota exceeded"; of 0x00: "Success", whatever the packet.
std::string_view name_of(reason_code code);

/// Whether the standard allows this code in packets of this type.
constexpr bool is_allowed(packet_type type, reason_code code) {
    const unsigned packets = reason_rows::packets_of[static_cast<std::uint8_t>(code)];
    return (packets & reason_rows::in(type)) != 0;
}

/// A reason code that packets of type `Type` may carry.
///
/// A constant converts by itself, and one that the packet may not carry does not compile:
/// `puback_reason{reason_code::keep_alive_timeout}` is an error, as is a code known only at run
/// time; that one goes through from().
template <packet_type Type>
class packet_reason {
public:
    /// Success.
    constexpr packet_reason() = default;

    /// From a constant.
    consteval packet_reason(reason_code code)
        : code_(is_allowed(Type, code) ? code : throw "reason code not allowed in this packet") {}

    /// From what is only known at run time; empty if the packet may not carry it.
    static constexpr std::optional<packet_reason> from(reason_code code) {
        std::optional<packet_reason> result;
        if (is_allowed(Type, code)) {
            result.emplace().code_ = code;
        }
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
