// A bound that may be lifted: a value of T, or "unlimited". Zero is a value like any other and
// never means unlimited. A plain value: copy it, no thread owns it.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <type_traits>

namespace lmqtt {

/// Spells a lifted bound: `limit<std::uint64_t> sessions = unlimited;`.
struct unlimited_t {};

inline constexpr unlimited_t unlimited{};

template <class T>
class limit {
public:
    using value_type = T;

    /// A bound of `value`.
    constexpr limit(T value)
        : value_(value) {}

    /// No bound.
    constexpr limit(unlimited_t)
        : value_(highest())
        , unlimited_(true) {}

    constexpr bool is_unlimited() const { return unlimited_; }

    /// True if an amount of `amount` keeps the bound; the bound itself is allowed.
    constexpr bool allows(T amount) const { return unlimited_ || amount <= value_; }

    /// The bound, or the highest value of T if there is none.
    constexpr T value_or_max() const { return value_; }

    /// The bound, or `otherwise` if there is none: for T whose protocol range is narrower than its
    /// type.
    constexpr T value_or(T otherwise) const { return unlimited_ ? otherwise : value_; }

    /// `wanted`, but not above the bound.
    constexpr T cap(T wanted) const { return std::min(wanted, value_); }

    friend constexpr bool operator==(const limit&, const limit&) = default;

private:
    static constexpr T highest() {
        if constexpr (std::is_arithmetic_v<T>) {
            return std::numeric_limits<T>::max();
        } else {
            return T::max();
        }
    }

    T value_;
    bool unlimited_ = false;
};

}  // namespace lmqtt
