#include "access/decision.hpp"

namespace lmqtt::access {

std::string_view reason_of(const decision& made) {
    const bool by_rule = made.why == grounds::allowing_rule || made.why == grounds::denying_rule;
    if (by_rule && made.rule != nullptr && !made.rule->origin.empty()) {
        return made.rule->origin;
    }
    switch (made.why) {
    case grounds::no_rules:
        return "there is no access control";
    case grounds::allowing_rule:
    case grounds::denying_rule:
        return "a rule";
    case grounds::no_rule:
        return "no rule allows it";
    case grounds::no_retain_rule:
        return "no rule allows to retain";
    case grounds::qos_too_high:
        return "no rule allows this QoS";
    case grounds::reserved:
        return "topics that begin with '$' are the broker's own";
    case grounds::not_a_topic:
        return "not a topic";
    case grounds::unusable_name:
        break;
    }
    return "a rule cannot use the names of this client";
}

}  // namespace lmqtt::access
