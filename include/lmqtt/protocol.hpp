// The smallest words of MQTT: versions, qualities of service, packet types. Plain values.
#pragma once

#include <cstdint>

namespace lmqtt {

/// The Protocol Level byte of CONNECT (MQTT 5.0, 3.1.2.2).
enum class protocol_version : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5_0 = 5 };

/// MQTT 5.0, 4.3.
enum class qos : std::uint8_t { at_most_once, at_least_once, exactly_once };

/// MQTT 5.0, 2.1.2.
enum class packet_type : std::uint8_t {
    connect = 1,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    pingreq,
    pingresp,
    disconnect,
    auth,
};

}  // namespace lmqtt
