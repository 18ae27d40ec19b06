// What decoding yields: a value, or the reason code and the sentence a peer has earned.
#pragma once

#include <lmqtt/reason_code.hpp>

#include <boost/system/result.hpp>

#include <stdexcept>

namespace lmqtt::mqtt {

struct protocol_failure {
    reason_code code;
    const char* why;  // a literal

    friend bool operator==(const protocol_failure& left, const protocol_failure& right) {
        return left.code == right.code;
    }
};

// What result::value() throws for tests that ask without looking.
[[noreturn]] inline void
throw_exception_from_error(const protocol_failure& failure, const boost::source_location&) {
    throw std::runtime_error(failure.why);
}

template <class T>
using decoded = boost::system::result<T, protocol_failure>;

inline constexpr protocol_failure malformed(const char* why) {
    return {reason_code::malformed_packet, why};
}

inline constexpr protocol_failure protocol_error(const char* why) {
    return {reason_code::protocol_error, why};
}

}  // namespace lmqtt::mqtt
