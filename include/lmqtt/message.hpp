// An application message as programs see it: a plain value, to publish or to change in a hook.
#pragma once

#include <lmqtt/properties.hpp>
#include <lmqtt/protocol.hpp>

#include <string>

namespace lmqtt {

/// One application message (MQTT 5.0, 3.3).
struct message {
    std::string topic;    ///< a topic name: not empty, no wildcards
    std::string payload;  ///< any bytes
    qos quality = qos::at_most_once;
    bool retain = false;
    /// Payload Format Indicator, Message Expiry Interval, Content Type, Response Topic, Correlation
    /// Data and User Properties; others are not forwarded.
    lmqtt::properties properties;
};

}  // namespace lmqtt
