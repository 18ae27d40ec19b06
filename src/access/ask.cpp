#include "access/ask.hpp"

#include "base/utf8.hpp"

namespace lmqtt::access {

decision ask(const rights& whose, access_action action, std::string_view topic, qos quality) {
    constexpr decision no_topic{.why = grounds::not_a_topic};
    if (!base::is_utf8_string(topic)) {
        return no_topic;
    }
    switch (action) {
    case access_action::subscribe:
        return whose.may_subscribe(topic);
    case access_action::receive: {
        // That it is a topic name is known where messages are sent.
        const bool is_one = whose.may_publish({.topic = topic}).why != grounds::not_a_topic;
        return is_one ? whose.may_receive(topic) : no_topic;
    }
    case access_action::publish:
    case access_action::retain:
        break;
    }
    return whose.may_publish(
        {.topic = topic, .qos = quality, .retain = action == access_action::retain}
    );
}

}  // namespace lmqtt::access
