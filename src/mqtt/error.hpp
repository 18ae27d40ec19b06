// What decoding yields: a value, or the reason code and the sentence a peer has earned. A plain
// value; lighter than boost::system::result to compile and to return, for what runs once a packet.
#pragma once

#include "base/assert.hpp"

#include <lmqtt/reason_code.hpp>

#include <concepts>
#include <utility>

namespace lmqtt::mqtt {

struct protocol_failure {
    reason_code code;
    const char* why;  // a literal

    friend bool operator==(const protocol_failure& left, const protocol_failure& right) {
        return left.code == right.code;
    }
};

inline constexpr protocol_failure malformed(const char* why) {
    return {reason_code::malformed_packet, why};
}

inline constexpr protocol_failure protocol_error(const char* why) {
    return {reason_code::protocol_error, why};
}

template <class T>
class [[nodiscard]] decoded {
public:
    // An empty value, to be filled where it lies: most packets are cheaper read than copied.
    decoded() = default;

    template <class U = T>

    // NOLINTNEXTLINE(bugprone-forwarding-reference-overload)
    requires std::convertible_to<U&&, T> decoded(U&& value)
        : value_(std::forward<U>(value)) {}

    decoded(const protocol_failure& failure)
        : failure_(failure) {}

    bool has_value() const { return failure_.why == nullptr; }

    bool has_error() const { return failure_.why != nullptr; }

    explicit operator bool() const { return has_value(); }

    const protocol_failure& error() const {
        LMQTT_ASSERT(has_error());
        return failure_;
    }

    // Only where there is one.
    T& value() & {
        LMQTT_ASSERT(has_value());
        return value_;
    }

    const T& value() const& {
        LMQTT_ASSERT(has_value());
        return value_;
    }

    T&& value() && {
        LMQTT_ASSERT(has_value());
        return std::move(value_);
    }

    T& operator*() & { return value(); }

    const T& operator*() const& { return value(); }

    T&& operator*() && { return std::move(*this).value(); }

    T* operator->() { return &value(); }

    const T* operator->() const { return &value(); }

private:
    T value_{};
    protocol_failure failure_{reason_code::success, nullptr};
};

}  // namespace lmqtt::mqtt
