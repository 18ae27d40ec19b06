// Topics that begin with '$' are the broker's own: $SYS may be read, the rest is closed, whatever
// the rules say. Pure function, any thread.
#pragma once

#include "topic/levels.hpp"

#include <cstdint>
#include <string_view>

namespace lmqtt::access {

enum class name_space : std::uint8_t { ordinary, sys, closed };

/// Where a topic name, or every topic that a filter without share name matches, belongs.
[[nodiscard]] inline name_space name_space_of(std::string_view topic) {
    if (!topic.starts_with('$')) {
        return name_space::ordinary;
    }
    return topic::first_level(topic) == "$SYS" ? name_space::sys : name_space::closed;
}

}  // namespace lmqtt::access
