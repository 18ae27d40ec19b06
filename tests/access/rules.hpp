// Rules written in one line, for the tests of this room.
#pragma once

#include "access/rights.hpp"

#include <catch2/catch.hpp>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lmqtt::access::test {

inline constexpr auto publish = access_action::publish;
inline constexpr auto subscribe = access_action::subscribe;
inline constexpr auto receive = access_action::receive;
inline constexpr auto retain = access_action::retain;

using actions = std::initializer_list<access_action>;

inline access_actions set_of(actions all) {
    access_actions set;
    for (const access_action each : all) {
        set.add(each);
    }
    return set;
}

inline access_rule allow(actions what, std::string topic, qos maximum = qos::exactly_once) {
    return {
        .allow = true,
        .actions = set_of(what),
        .topic = std::move(topic),
        .maximum_qos = maximum,
        .origin = "test"};
}

inline access_rule deny(actions what, std::string topic) {
    access_rule rule = allow(what, std::move(topic));
    rule.allow = false;
    return rule;
}

/// The set, or a failed test.
inline std::shared_ptr<const rule_set> set(std::vector<access_rule> rules, bool configured = true) {
    auto made = rule_set::make(std::move(rules), configured);
    REQUIRE(std::holds_alternative<std::shared_ptr<const rule_set>>(made));
    return std::get<std::shared_ptr<const rule_set>>(std::move(made));
}

/// What user "u" with client identifier "c" may do.
inline rights rights_by(std::vector<access_rule> rules) {
    return rights(set(std::move(rules)), {.user_name = "u", .client_id = "c"});
}

}  // namespace lmqtt::access::test
