#include "access/decision.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string_view>

using namespace lmqtt;
using namespace lmqtt::access;

TEST_CASE("the reason for a denial is where the rule is written", "[decision]") {
    const access_rule rule{.allow = false, .topic = "a", .origin = "lmqttd.toml:7"};
    CHECK(reason_of({.why = grounds::denying_rule, .rule = &rule}) == "lmqttd.toml:7");
}

TEST_CASE("a rule that nobody gave an origin is still called a rule", "[decision]") {
    const access_rule rule{.allow = false, .topic = "a"};
    CHECK(reason_of({.why = grounds::denying_rule, .rule = &rule}) == "a rule");
}

TEST_CASE("a rule that allows something else is not given as the reason", "[decision]") {
    const access_rule rule{.topic = "a", .origin = "lmqttd.toml:7"};
    CHECK(reason_of({.why = grounds::no_retain_rule, .rule = &rule}) == "no rule allows to retain");
    CHECK(reason_of({.why = grounds::qos_too_high, .rule = &rule}) == "no rule allows this QoS");
}

TEST_CASE("every way to be denied without a rule has words of its own", "[decision]") {
    std::set<std::string_view> all;
    for (const grounds why :
         {grounds::no_rules,
          grounds::no_rule,
          grounds::no_retain_rule,
          grounds::qos_too_high,
          grounds::reserved,
          grounds::not_a_topic,
          grounds::unusable_name}) {
        CHECK(all.insert(reason_of({.why = why})).second);
    }
}
