// MQTT 5.0 properties (2.2.2), kept as they stand on the wire: checked once when a packet is decoded,
// read by looking, never parsed into anything. A view is valid as long as the bytes it looks at.
#pragma once

#include <lmqtt/bytes.hpp>

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lmqtt {

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

/// Name and type of a property: props[prop::reason_string] is an optional of its type.
template <class T>
struct property {
    property_id id;
    using value_type = std::conditional_t<std::is_same_v<T, variable_integer>, std::uint32_t, T>;
};

namespace prop {

inline constexpr property<std::uint8_t> payload_format_indicator{property_id::payload_format_indicator};
inline constexpr property<std::uint32_t> message_expiry_interval{property_id::message_expiry_interval};
inline constexpr property<std::string_view> content_type{property_id::content_type};
inline constexpr property<std::string_view> response_topic{property_id::response_topic};
inline constexpr property<byte_view> correlation_data{property_id::correlation_data};
inline constexpr property<variable_integer> subscription_identifier{property_id::subscription_identifier};
inline constexpr property<std::uint32_t> session_expiry_interval{property_id::session_expiry_interval};
inline constexpr property<std::string_view> assigned_client_identifier{property_id::assigned_client_identifier};
inline constexpr property<std::uint16_t> server_keep_alive{property_id::server_keep_alive};
inline constexpr property<std::string_view> authentication_method{property_id::authentication_method};
inline constexpr property<byte_view> authentication_data{property_id::authentication_data};
inline constexpr property<std::uint8_t> request_problem_information{property_id::request_problem_information};
inline constexpr property<std::uint32_t> will_delay_interval{property_id::will_delay_interval};
inline constexpr property<std::uint8_t> request_response_information{property_id::request_response_information};
inline constexpr property<std::string_view> response_information{property_id::response_information};
inline constexpr property<std::string_view> server_reference{property_id::server_reference};
inline constexpr property<std::string_view> reason_string{property_id::reason_string};
inline constexpr property<std::uint16_t> receive_maximum{property_id::receive_maximum};
inline constexpr property<std::uint16_t> topic_alias_maximum{property_id::topic_alias_maximum};
inline constexpr property<std::uint16_t> topic_alias{property_id::topic_alias};
inline constexpr property<std::uint8_t> maximum_qos{property_id::maximum_qos};
inline constexpr property<std::uint8_t> retain_available{property_id::retain_available};
inline constexpr property<std::uint32_t> maximum_packet_size{property_id::maximum_packet_size};
inline constexpr property<std::uint8_t> wildcard_subscription_available{property_id::wildcard_subscription_available};
inline constexpr property<std::uint8_t> subscription_identifier_available{property_id::subscription_identifier_available};
inline constexpr property<std::uint8_t> shared_subscription_available{property_id::shared_subscription_available};

}  // namespace prop

/// Name and value of a User Property (3.1.2.11.8).
struct user_property {
    std::string_view name;
    std::string_view value;

    friend bool operator==(const user_property&, const user_property&) = default;
};

/// Looks at an encoded property block, without its length in front.
class property_view {
public:
    constexpr property_view() = default;

    /// `wire` has been checked by the codec.
    constexpr explicit property_view(byte_view wire)
        : wire_(wire) {}

    constexpr bool empty() const { return wire_.empty(); }

    /// The bytes themselves.
    constexpr byte_view wire() const { return wire_; }

    /// The first property of this kind, if there is one.
    template <class T>
    std::optional<typename property<T>::value_type> operator[](property<T> which) const {
        if (wire_.empty()) {
            return std::nullopt;
        }
        if constexpr (std::is_same_v<T, std::string_view>) {
            return text(which.id);
        } else {
            const auto value = number(which.id);
            using result = typename property<T>::value_type;
            return value ? std::optional<result>(static_cast<result>(*value)) : std::nullopt;
        }
    }

    /// One property as it stands: identifier, and value without identifier.
    struct item {
        property_id id;
        byte_view value;  ///< of strings and pairs with their lengths in front
        byte_view whole;
    };

    /// Takes the first property off `rest`, which is not empty.
    static item take(byte_view& rest);

    /// Calls visit(user_property) for each, in order [MQTT-3.3.2-18].
    template <class Visitor>
    void for_each_user_property(Visitor&& visit) const {
        for (byte_view rest = wire_; !rest.empty();) {
            const item next = take(rest);
            if (next.id == property_id::user_property) {
                visit(pair_of(next.value));
            }
        }
    }

    /// Calls visit(std::uint32_t) for each Subscription Identifier.
    template <class Visitor>
    void for_each_subscription_identifier(Visitor&& visit) const {
        for (byte_view rest = wire_; !rest.empty();) {
            const item next = take(rest);
            if (next.id == property_id::subscription_identifier) {
                visit(number_of(next));
            }
        }
    }

private:
    std::optional<std::string_view> text(property_id which) const;
    std::optional<std::uint32_t> number(property_id which) const;
    static user_property pair_of(byte_view value);
    static std::uint32_t number_of(const item& which);

    byte_view wire_;
};

/// Owns an encoded property block; builds one property by property, in the order of the calls.
class properties {
public:
    properties() = default;

    /// Copies.
    explicit properties(property_view from)
        : wire_(from.wire()) {}

    /// From checked wire bytes.
    static properties from_wire(byte_view wire) { return properties(property_view(wire)); }

    /// Appends. What occurs twice where the standard allows it once is the caller's mistake.
    template <class T>
    properties& set(property<T> which, typename property<T>::value_type value) {
        if constexpr (std::is_same_v<T, std::string_view>) {
            append_text(which.id, value);
        } else if constexpr (std::is_same_v<T, variable_integer>) {
            append_variable(which.id, value);
        } else {
            append_number(which.id, value, sizeof(T));
        }
        return *this;
    }

    /// Appends a User Property.
    properties& add(user_property pair);

    /// Removes every property of this kind.
    template <class T>
    properties& erase(property<T> which) {
        remove(which.id);
        return *this;
    }

    bool empty() const { return wire_.empty(); }
    const std::string& wire() const { return wire_; }
    operator property_view() const { return property_view(wire_); }

    friend bool operator==(const properties&, const properties&) = default;

private:
    void append_text(property_id which, std::string_view value);
    void append_number(property_id which, std::uint32_t value, std::size_t bytes);
    void append_variable(property_id which, std::uint32_t value);
    void remove(property_id which);

    std::string wire_;
};

}  // namespace lmqtt
