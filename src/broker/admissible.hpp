// Which topics and subscriptions the broker takes from clients: limits, switches, closed name
// spaces. A value; pure functions.
#pragma once

#include "topic/topic_name.hpp"

#include <lmqtt/config.hpp>
#include <lmqtt/reason_code.hpp>
#include <lmqtt/subscription.hpp>

#include <string_view>

namespace lmqtt::broker {

struct admissible {
    topic::topic_limits topics{};
    bool wildcards = true;
    bool shared = true;

    // A topic name in a PUBLISH or a will: topic_name_invalid when it is not one.
    bool is_topic_name(std::string_view topic) const;

    // Names only the broker itself may publish to: $SYS/... and what looks like a shared
    // subscription.
    static bool is_reserved(std::string_view topic);

    // Whether a topic that a hook has made up is one that clients may publish to.
    static bool is_open(std::string_view topic);

    // The SUBACK code a filter deserves: success, or why not. [MQTT-3.8.3-4] is the caller's.
    reason_code filter_verdict(std::string_view topic_filter) const;

    // Whether the text is a shared subscription's, well-formed or not.
    static bool is_shared(std::string_view topic_filter);
};

}  // namespace lmqtt::broker
