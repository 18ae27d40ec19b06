// MQTT 5.0 properties (2.2.2), kept as they stand on the wire: checked once when a packet is
// decoded, read by looking, never parsed into anything. A view is valid as long as the bytes it
// looks at; any thread may read it.
#pragma once

#include <lmqtt/bytes.hpp>
#include <lmqtt/property_id.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace lmqtt {

/// Name and value of a User Property (3.1.2.11.8).
struct user_property {
    std::string_view name;
    std::string_view value;

    /// The same name and the same value.
    friend bool operator==(const user_property&, const user_property&) = default;
};

/// Looks at an encoded property block, without its length in front.
class property_view {
public:
    /// No properties.
    constexpr property_view() = default;

    /// `wire` has been checked by the codec.
    constexpr explicit property_view(byte_view wire)
        : wire_(wire) {}

    /// Whether there are none.
    constexpr bool empty() const { return wire_.empty(); }

    /// The bytes themselves.
    constexpr byte_view wire() const { return wire_; }

    /// The first property of this kind, if there is one.
    template <class T>
    std::optional<typename property<T>::value_type> operator[](property<T> which) const {
        using result = std::optional<typename property<T>::value_type>;
        if (wire_.empty()) {
            return std::nullopt;
        }
        if constexpr (std::is_same_v<T, std::string_view>) {
            return text(which.id);
        } else {
            const auto value = number(which.id);
            return value ? result(static_cast<typename property<T>::value_type>(*value)) : result();
        }
    }

    /// One property as it stands.
    struct item {
        property_id id;
        byte_view value;  ///< without identifier; strings and pairs with their lengths in front
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

    /// Calls visit(std::uint32_t) for each Subscription Identifier, in order.
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

/// Owns an encoded property block; builds one property by property, in the order of the calls. What
/// it holds is always well formed: no string in it breaks the rules of 1.5.4.
class properties {
public:
    /// No properties.
    properties() = default;

    /// Copies.
    explicit properties(property_view from)
        : wire_(from.wire()) {}

    /// Copies wire bytes that have been checked.
    static properties from_wire(byte_view wire) { return properties(property_view(wire)); }

    /// Gives a property its one value: an earlier one is replaced. Throws std::invalid_argument if
    /// the value cannot be sent: a string that is no UTF-8, contains U+0000 or is longer than 65535
    /// bytes, a Subscription Identifier above 268435455.
    template <class T>
    properties& set(property<T> which, typename property<T>::value_type value) {
        check(which, value);
        remove(which.id);
        return append(which, value);
    }

    /// Appends one more value, for what may occur again: Subscription Identifiers sent to a client.
    /// Throws as set() does.
    template <class T>
    properties& add(property<T> which, typename property<T>::value_type value) {
        check(which, value);
        return append(which, value);
    }

    /// Appends a User Property; these may occur again. Throws as set() does.
    properties& add(user_property pair);

    /// Removes every property of this kind.
    template <class T>
    properties& erase(property<T> which) {
        remove(which.id);
        return *this;
    }

    /// Removes all User Properties.
    properties& erase_user_properties();

    /// Whether there are none.
    bool empty() const { return wire_.empty(); }

    /// The bytes themselves.
    const std::string& wire() const { return wire_; }

    /// Looks at these properties, as long as they live and do not change.
    operator property_view() const { return property_view(wire_); }

    /// The same properties in the same order.
    friend bool operator==(const properties&, const properties&) = default;

private:
    template <class T>
    static void check(property<T> which, typename property<T>::value_type value) {
        if constexpr (std::is_same_v<T, std::string_view>) {
            check_text(which.id, value);
        } else if constexpr (std::is_same_v<T, variable_integer>) {
            check_variable(value);
        }
    }

    template <class T>
    properties& append(property<T> which, typename property<T>::value_type value) {
        if constexpr (std::is_same_v<T, std::string_view>) {
            append_text(which.id, value);
        } else if constexpr (std::is_same_v<T, variable_integer>) {
            append_variable(which.id, value);
        } else {
            append_number(which.id, value, sizeof(T));
        }
        return *this;
    }

    static void check_text(property_id which, std::string_view value);
    static void check_variable(std::uint32_t value);
    void append_text(property_id which, std::string_view value);
    void append_number(property_id which, std::uint32_t value, std::size_t bytes);
    void append_variable(property_id which, std::uint32_t value);
    void remove(property_id which);

    std::string wire_;
};

}  // namespace lmqtt
