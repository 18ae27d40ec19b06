// Topic names: what a PUBLISH or a will may carry, and the two limits on how long it may be.
// Pure functions over the caller's bytes; any thread. Nothing is kept.
#pragma once

#include <cstddef>
#include <string_view>

namespace lmqtt::topic {

/// How long a topic name or a topic filter may be; the standard's own bound is 65,535 bytes.
struct topic_limits {
    std::size_t maximum_bytes = 65'535;
    std::size_t maximum_levels = 65'536;
};

/// Whether `text`, already known to be well-formed UTF-8, is a topic name within the limits.
[[nodiscard]] bool valid_topic_name(std::string_view text, topic_limits limits);

/// Whether `text` has at least one character, no U+0000, and keeps both limits: what names and
/// filters have in common. [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3]
[[nodiscard]] bool within_limits(std::string_view text, topic_limits limits);

}  // namespace lmqtt::topic
