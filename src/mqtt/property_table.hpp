// The one table of MQTT 5.0 properties (2.2.2.2): identifier, name, type, the packets that may
// carry it, where it may occur again. Decoding, checking and tests are driven by it. Constants.
#pragma once

#include <lmqtt/property_id.hpp>
#include <lmqtt/protocol.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace lmqtt::mqtt {

enum class property_type : std::uint8_t {
    flag,  // a byte that is 0 or 1
    two_bytes,
    four_bytes,
    variable,
    text,
    binary,
    pair,
};

// Where properties stand: one bit for each packet type, one for the will's own block, and one for
// what clients publish, who may do less than a server [MQTT-3.3.4-6].
using carriers = std::uint32_t;

template <class... Types>
constexpr carriers in(Types... types) {
    return ((carriers{1} << static_cast<unsigned>(types)) | ...);
}

inline constexpr carriers in_will = 1;
inline constexpr carriers in_client_publish = 1U << 16U;
inline constexpr carriers no_properties = 0;

struct property_row {
    property_id id;
    std::string_view name;
    property_type type;
    carriers allowed;
    carriers repeatable = 0;
    bool zero_allowed = true;
};

namespace property_rows {

using enum packet_type;
using enum property_type;
using id = property_id;

inline constexpr carriers publishes = in(publish) | in_client_publish;
inline constexpr carriers messages = publishes | in_will;
inline constexpr carriers answers =
    in(connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth);
inline constexpr carriers everywhere = answers | messages | in(connect, subscribe, unsubscribe);
inline constexpr carriers once = 0;

// clang-format off
inline constexpr property_row all[] = {
    {id::payload_format_indicator, "Payload Format Indicator", flag, messages},
    {id::message_expiry_interval, "Message Expiry Interval", four_bytes, messages},
    {id::content_type, "Content Type", text, messages},
    {id::response_topic, "Response Topic", text, messages},
    {id::correlation_data, "Correlation Data", binary, messages},
    {id::subscription_identifier, "Subscription Identifier", variable,
     in(publish, subscribe), in(publish), false},
    {id::session_expiry_interval, "Session Expiry Interval", four_bytes,
     in(connect, connack, disconnect)},
    {id::assigned_client_identifier, "Assigned Client Identifier", text, in(connack)},
    {id::server_keep_alive, "Server Keep Alive", two_bytes, in(connack)},
    {id::authentication_method, "Authentication Method", text, in(connect, connack, auth)},
    {id::authentication_data, "Authentication Data", binary, in(connect, connack, auth)},
    {id::request_problem_information, "Request Problem Information", flag, in(connect)},
    {id::will_delay_interval, "Will Delay Interval", four_bytes, in_will},
    {id::request_response_information, "Request Response Information", flag, in(connect)},
    {id::response_information, "Response Information", text, in(connack)},
    {id::server_reference, "Server Reference", text, in(connack, disconnect)},
    {id::reason_string, "Reason String", text, answers},
    {id::receive_maximum, "Receive Maximum", two_bytes, in(connect, connack), once, false},
    {id::topic_alias_maximum, "Topic Alias Maximum", two_bytes, in(connect, connack)},
    {id::topic_alias, "Topic Alias", two_bytes, publishes, once, false},
    {id::maximum_qos, "Maximum QoS", flag, in(connack)},
    {id::retain_available, "Retain Available", flag, in(connack)},
    {id::user_property, "User Property", pair, everywhere, everywhere},
    {id::maximum_packet_size, "Maximum Packet Size", four_bytes, in(connect, connack), once, false},
    {id::wildcard_subscription_available, "Wildcard Subscription Available", flag, in(connack)},
    {id::subscription_identifier_available, "Subscription Identifier Available", flag, in(connack)},
    {id::shared_subscription_available, "Shared Subscription Available", flag, in(connack)},
};
// clang-format on

inline constexpr std::size_t highest = static_cast<std::size_t>(all[std::size(all) - 1].id);

// The rows by identifier.
inline constexpr auto by_id = [] {
    std::array<const property_row*, highest + 1> rows{};
    for (const property_row& row : all) {
        rows[static_cast<std::size_t>(row.id)] = &row;
    }
    return rows;
}();

}  // namespace property_rows

// The row of an identifier, or null.
constexpr const property_row* find_property(std::uint8_t id) {
    return id <= property_rows::highest ? property_rows::by_id[id] : nullptr;
}

}  // namespace lmqtt::mqtt
