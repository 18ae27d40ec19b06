#include "broker/admissible.hpp"

#include "base/utf8.hpp"
#include "topic/topic_filter.hpp"

namespace lmqtt::broker {

bool admissible::is_topic_name(std::string_view topic) const {
    return topic::valid_topic_name(topic, topics);
}

bool admissible::is_reserved(std::string_view topic) {
    const std::string_view first_level = topic.substr(0, topic.find('/'));
    return first_level == "$SYS" || first_level == "$share";
}

// Nobody has looked at its bytes yet, as the codec does at those of a client.
bool admissible::is_open(std::string_view topic) {
    return base::is_utf8_string(topic) && admissible{}.is_topic_name(topic) && !is_reserved(topic);
}

bool admissible::is_shared(std::string_view topic_filter) {
    return topic_filter == "$share" || topic_filter.starts_with("$share/");
}

reason_code admissible::filter_verdict(std::string_view topic_filter) const {
    const auto filter = topic::parse_filter(topic_filter, topics);
    if (!filter) {
        return reason_code::topic_filter_invalid;  // [MQTT-4.8.2-1] [MQTT-4.8.2-2] [MQTT-4.7.1-1]
    }
    if (filter->shared() && !shared) {
        return reason_code::shared_subscriptions_not_supported;
    }
    if (filter->wildcard && !wildcards) {
        return reason_code::wildcard_subscriptions_not_supported;
    }
    return reason_code::success;
}

}  // namespace lmqtt::broker
