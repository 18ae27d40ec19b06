// Access rules for the clients of a test.
#pragma once

#include "exchange.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lmqtt::client::test {

inline access_actions every_action() {
    access_actions all;
    all.add(access_action::publish);
    all.add(access_action::subscribe);
    all.add(access_action::receive);
    all.add(access_action::retain);
    return all;
}

// About everything one can do with a topic; or the contrary.
inline access_rule allow(std::string topic, bool allowed = true) {
    return {.allow = allowed, .actions = every_action(), .topic = std::move(topic)};
}

inline access_rule deny(std::string topic, access_action only) {
    access_rule rule{.allow = false, .topic = std::move(topic)};
    rule.actions.add(only);
    return rule;
}

inline void use_rules(exchange& of, std::vector<access_rule> rules) {
    auto made = access::rule_set::make(std::move(rules), true);
    of.env.access.use(std::get<std::shared_ptr<const access::rule_set>>(std::move(made)));
}

}  // namespace lmqtt::client::test
