// Topic filters: what a SUBSCRIBE may carry, split into share name and filter, and the plain
// comparison of one filter with one topic name, which is the reference for both indexes and what
// access rules use. Pure functions over the caller's bytes; any thread. The views point into the
// text that was parsed.
#pragma once

#include "topic/topic_name.hpp"

#include <optional>
#include <string_view>

namespace lmqtt::topic {

/// A valid topic filter; `filter` is without the "$share/name/" in front of it.
struct parsed_filter {
    std::string_view share_name;
    std::string_view filter;
    bool wildcard = false;

    /// Whether this is a shared subscription.
    [[nodiscard]] bool shared() const { return !share_name.empty(); }
};

/// The parts of `text`, already known to be well-formed UTF-8, or nothing when it is no topic
/// filter. The byte limit is for the whole text, the level limit for the filter without its share
/// name.
[[nodiscard]] std::optional<parsed_filter> parse_filter(std::string_view text, topic_limits limits);

/// Whether a valid `filter` (without share name) matches a valid topic name. Iterative, no
/// allocation.
[[nodiscard]] bool matches(std::string_view filter, std::string_view topic);

/// Whether the filter's first level is a wildcard, so that no topic starting with '$' matches it.
/// [MQTT-4.7.2-1]
[[nodiscard]] inline bool starts_with_wildcard(std::string_view filter) {
    return filter.starts_with('#') || filter.starts_with('+');
}

}  // namespace lmqtt::topic
