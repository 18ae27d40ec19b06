// The properties of MQTT 5.0 (2.2.2.2) by name: identifier, and the C++ type of the value.
// Whoever may carry them and how often is the codec's table.
#pragma once

#include <lmqtt/bytes.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace lmqtt {

/// As they stand on the wire.
enum class property_id : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_identifier = 0x0b,
    session_expiry_interval = 0x11,
    assigned_client_identifier = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1a,
    server_reference = 0x1c,
    reason_string = 0x1f,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_identifier_available = 0x29,
    shared_subscription_available = 0x2a,
};

/// A Variable Byte Integer (1.5.5), as the type of a property.
struct variable_integer {};

/// Name and type of a property: `view[prop::reason_string]` is an optional of its value_type.
template <class T>
struct property {
    property_id id;
    using value_type = std::conditional_t<std::is_same_v<T, variable_integer>, std::uint32_t, T>;
};

namespace prop {

using id = property_id;

using byte = property<std::uint8_t>;
using two_bytes = property<std::uint16_t>;
using four_bytes = property<std::uint32_t>;
using variable = property<variable_integer>;
using text = property<std::string_view>;
using binary = property<byte_view>;

// clang-format off
inline constexpr byte payload_format_indicator{id::payload_format_indicator};
inline constexpr four_bytes message_expiry_interval{id::message_expiry_interval};
inline constexpr text content_type{id::content_type};
inline constexpr text response_topic{id::response_topic};
inline constexpr binary correlation_data{id::correlation_data};
inline constexpr variable subscription_identifier{id::subscription_identifier};
inline constexpr four_bytes session_expiry_interval{id::session_expiry_interval};
inline constexpr text assigned_client_identifier{id::assigned_client_identifier};
inline constexpr two_bytes server_keep_alive{id::server_keep_alive};
inline constexpr text authentication_method{id::authentication_method};
inline constexpr binary authentication_data{id::authentication_data};
inline constexpr byte request_problem_information{id::request_problem_information};
inline constexpr four_bytes will_delay_interval{id::will_delay_interval};
inline constexpr byte request_response_information{id::request_response_information};
inline constexpr text response_information{id::response_information};
inline constexpr text server_reference{id::server_reference};
inline constexpr text reason_string{id::reason_string};
inline constexpr two_bytes receive_maximum{id::receive_maximum};
inline constexpr two_bytes topic_alias_maximum{id::topic_alias_maximum};
inline constexpr two_bytes topic_alias{id::topic_alias};
inline constexpr byte maximum_qos{id::maximum_qos};
inline constexpr byte retain_available{id::retain_available};
inline constexpr four_bytes maximum_packet_size{id::maximum_packet_size};
inline constexpr byte wildcard_subscription_available{id::wildcard_subscription_available};
inline constexpr byte subscription_identifier_available{id::subscription_identifier_available};
inline constexpr byte shared_subscription_available{id::shared_subscription_available};
// clang-format on

}  // namespace prop

}  // namespace lmqtt
