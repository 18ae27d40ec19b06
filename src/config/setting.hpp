// The value of any key in one type, and the way from a config field to it and back. Durations are
// milliseconds, sizes bytes, choices the number of their enumerator. Pure values, no thread owns
// them.
#pragma once

#include <lmqtt/config.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace lmqtt::config_file {

/// The field is empty: "auto", "off", or simply not written.
struct absent {
    friend bool operator==(const absent&, const absent&) = default;
};

/// The bound is lifted: "unlimited".
struct lifted {
    friend bool operator==(const lifted&, const lifted&) = default;
};

using texts = std::vector<std::string>;

using setting = std::variant<absent, lifted, bool, std::int64_t, std::string, texts>;

/// The words of an enumeration, in the order of its enumerators.
template <class Enum>
inline constexpr std::array<std::string_view, 0> words_of{};
template <>
inline constexpr std::array words_of<shared_subscription_strategy>{
    std::string_view("round_robin"), std::string_view("random"), std::string_view("sticky")};
template <>
inline constexpr std::array words_of<overflow_policy>{
    std::string_view("drop_oldest"), std::string_view("drop_newest"), std::string_view("reject")};
template <>
inline constexpr std::array words_of<delivery_mode>{
    std::string_view("onlyonce"), std::string_view("overlap")};
template <>
inline constexpr std::array words_of<persistence_type>{
    std::string_view("sqlite"), std::string_view("memory")};
template <>
inline constexpr std::array words_of<durability>{
    std::string_view("full"), std::string_view("normal"), std::string_view("memory")};
template <>
inline constexpr std::array words_of<retained_qos0_storage>{
    std::string_view("write_behind"), std::string_view("memory")};
template <>
inline constexpr std::array words_of<storage_error_policy>{
    std::string_view("hold"), std::string_view("memory"), std::string_view("exit")};
template <>
inline constexpr std::array words_of<revocation_policy>{
    std::string_view("withhold"), std::string_view("disconnect")};
template <>
inline constexpr std::array words_of<corruption_policy>{
    std::string_view("fail"), std::string_view("quarantine")};
template <>
inline constexpr std::array words_of<log_level>{
    std::string_view("trace"),
    std::string_view("debug"),
    std::string_view("info"),
    std::string_view("warn"),
    std::string_view("error")};
template <>
inline constexpr std::array words_of<log_format>{
    std::string_view("text"), std::string_view("json")};
template <>
inline constexpr std::array words_of<client_certificate>{
    std::string_view("none"), std::string_view("optional"), std::string_view("required")};
template <>
inline constexpr std::array words_of<certificate_identity>{
    std::string_view("none"),
    std::string_view("cn"),
    std::string_view("san"),
    std::string_view("subject")};
template <>
inline constexpr std::array words_of<tls_version>{std::string_view("1.2"), std::string_view("1.3")};
template <>
inline constexpr std::array words_of<password_hash>{
    std::string_view("argon2id"), std::string_view("argon2id_edge")};
template <>
inline constexpr std::array words_of<token_algorithm>{
    std::string_view("RS256"),
    std::string_view("ES256"),
    std::string_view("EdDSA"),
    std::string_view("HS256")};
/// Not an enumeration but a set: bit n of its number is word n.
template <>
inline constexpr std::array words_of<protocol_versions>{
    std::string_view("3.1"), std::string_view("3.1.1"), std::string_view("5.0")};

/// How one C++ type becomes a setting and comes back. `lifts`: it has "unlimited"; `empties`: it
/// may be absent; `tick`: how many milliseconds its smallest step is, if it is a duration.
template <class T>
struct conversion {
    static constexpr bool lifts = false;
    static constexpr bool empties = false;
    static constexpr std::int64_t tick = 1;
    static constexpr std::span<const std::string_view> words = words_of<T>;

    static constexpr bool as_it_is =
        std::same_as<T, bool> || std::same_as<T, std::string> || std::same_as<T, texts>;

    static setting out(const T& value) {
        if constexpr (as_it_is) {
            return value;
        } else {
            return static_cast<std::int64_t>(value);
        }
    }

    static T in(const setting& value) {
        if constexpr (as_it_is) {
            return std::get<T>(value);
        } else {
            return static_cast<T>(std::get<std::int64_t>(value));
        }
    }
};

template <class Rep, class Period>
struct conversion<std::chrono::duration<Rep, Period>> : conversion<std::int64_t> {
    using duration = std::chrono::duration<Rep, Period>;
    static constexpr std::int64_t tick = std::chrono::milliseconds(duration(1)).count();

    static setting out(const duration& value) { return std::int64_t{value.count()} * tick; }

    static duration in(const setting& value) {
        return duration(std::get<std::int64_t>(value) / tick);
    }
};

template <>
struct conversion<protocol_versions> : conversion<std::int64_t> {
    static constexpr std::span<const std::string_view> words = words_of<protocol_versions>;

    static setting out(const protocol_versions& value) {
        return std::int64_t{(value.v3_1 ? 1 : 0) | (value.v3_1_1 ? 2 : 0) | (value.v5_0 ? 4 : 0)};
    }

    static protocol_versions in(const setting& value) {
        const std::int64_t bits = std::get<std::int64_t>(value);
        return {.v3_1 = (bits & 1) != 0, .v3_1_1 = (bits & 2) != 0, .v5_0 = (bits & 4) != 0};
    }
};

template <class T>
struct conversion<limit<T>> : conversion<T> {
    static constexpr bool lifts = true;

    static setting out(const limit<T>& value) {
        return value.is_unlimited() ? setting(lifted{}) : conversion<T>::out(value.value_or_max());
    }

    static limit<T> in(const setting& value) {
        return std::holds_alternative<lifted>(value) ? limit<T>(unlimited)
                                                     : limit<T>(conversion<T>::in(value));
    }
};

template <class T>
struct conversion<std::optional<T>> : conversion<T> {
    static constexpr bool empties = true;

    static setting out(const std::optional<T>& value) {
        return value ? conversion<T>::out(*value) : setting(absent{});
    }

    static std::optional<T> in(const setting& value) {
        return std::holds_alternative<absent>(value) ? std::nullopt
                                                     : std::optional<T>(conversion<T>::in(value));
    }
};

}  // namespace lmqtt::config_file
