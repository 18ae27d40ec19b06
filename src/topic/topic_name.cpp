#include "topic/topic_name.hpp"

#include <algorithm>

namespace lmqtt::topic {

bool within_limits(std::string_view text, topic_limits limits) {
    if (text.empty() || text.size() > limits.maximum_bytes) {
        return false;
    }
    if (text.find('\0') != std::string_view::npos) {
        return false;
    }
    const auto separators = static_cast<std::size_t>(std::count(text.begin(), text.end(), '/'));
    return separators < limits.maximum_levels;
}

bool valid_topic_name(std::string_view text, topic_limits limits) {
    // [MQTT-4.7.0-1] [MQTT-3.3.2-2]
    return within_limits(text, limits) && text.find_first_of("+#") == std::string_view::npos;
}

}  // namespace lmqtt::topic
