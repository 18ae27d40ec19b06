// What the rules say about one thing a client wants to do, and why. A value; the rule it points to
// lives as long as the rights that decided.
#pragma once

#include <lmqtt/access_rule.hpp>

#include <cstdint>
#include <string_view>

namespace lmqtt::access {

enum class grounds : std::uint8_t {
    no_rules,        // allowed: there is no access control
    allowing_rule,   // allowed: by `rule`
    denying_rule,    // denied: by `rule`
    no_rule,         // denied: no rule allows it
    no_retain_rule,  // denied: publishing is allowed by `rule`, retaining by none
    qos_too_high,    // denied: `rule`, the most generous, allows `maximum_qos`
    reserved,        // denied: the topic begins with '$'
    not_a_topic,     // denied: it is no topic name, or no topic filter
    unusable_name,   // denied: the client should not have been let in, rule_set::refuses_names()
};

struct decision {
    bool allowed = false;
    grounds why = grounds::no_rule;
    /// The highest QoS to publish with, or to grant to a subscription.
    qos maximum_qos = qos::at_most_once;
    const access_rule* rule = nullptr;
};

/// Why, in one short phrase for a log line: where the rule that decided is written, or what there
/// is instead of one. Borrows from the rule.
[[nodiscard]] std::string_view reason_of(const decision& made);

}  // namespace lmqtt::access
