// What a client asks for with one topic filter. Plain values.
#pragma once

#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <string>

namespace lmqtt {

/// Subscription Options (MQTT 5.0, 3.8.3.1). MQTT 3.x knows maximum_qos alone; the rest is 0 there.
struct subscription_options {
    qos maximum_qos = qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    std::uint8_t retain_handling = 0;  ///< 0: send at every subscribe; 1: if new; 2: never

    friend bool operator==(const subscription_options&, const subscription_options&) = default;
};

/// One subscription of one session.
struct subscription {
    std::string topic_filter;  ///< as the client wrote it, "$share/<name>/" included
    subscription_options options = {};
    std::uint32_t subscription_identifier = 0;  ///< 0: none given

    friend bool operator==(const subscription&, const subscription&) = default;
};

}  // namespace lmqtt
