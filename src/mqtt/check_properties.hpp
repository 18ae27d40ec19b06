// Reads a property block off a packet and checks every rule that needs no session: identifiers,
// places, repetitions, values, limits. Pure functions.
#pragma once

#include "mqtt/byte_reader.hpp"
#include "mqtt/error.hpp"
#include "mqtt/property_table.hpp"

#include <lmqtt/properties.hpp>

#include <cstdint>
#include <limits>

namespace lmqtt::mqtt {

// What bounds the work one packet can cause.
struct decode_limits {
    std::uint64_t maximum_user_properties = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t maximum_property_bytes = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t maximum_filters = std::numeric_limits<std::uint64_t>::max();
};

// Property Length and properties. [MQTT-2.2.2-1]
decoded<property_view>
read_properties(byte_reader& reader, carriers where, const decode_limits& limits);

// The properties of a message that are its receivers' business: Payload Format Indicator, Content
// Type, Response Topic, Correlation Data, User Properties. [MQTT-3.3.2-4] [MQTT-3.3.2-15]
// [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-20]
bool is_forwardable(property_id id);
bool is_forwardable(property_view all);
properties forwardable(property_view all);

}  // namespace lmqtt::mqtt
