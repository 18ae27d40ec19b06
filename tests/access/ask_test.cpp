#include "access/ask.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <variant>
#include <vector>

using namespace lmqtt;
using access::ask;
using access::grounds;

namespace {

access_rule rule(access_action action, std::string topic, qos most = qos::exactly_once) {
    access_rule made{.topic = std::move(topic), .maximum_qos = most};
    made.actions.add(action);
    return made;
}

access::rights rights_by(std::vector<access_rule> rules) {
    auto made = access::rule_set::make(std::move(rules), true);
    return {std::get<std::shared_ptr<const access::rule_set>>(std::move(made)), {}};
}

}  // namespace

TEST_CASE("each action is asked about by its own rules", "[ask]") {
    const auto rights = rights_by(
        {rule(access_action::publish, "p", qos::at_least_once),
         rule(access_action::subscribe, "s/#", qos::at_most_once),
         rule(access_action::receive, "r")}
    );
    CHECK(ask(rights, access_action::publish, "p", qos::at_least_once).allowed);
    CHECK(ask(rights, access_action::publish, "p", qos::exactly_once).why == grounds::qos_too_high);
    CHECK(
        ask(rights, access_action::retain, "p", qos::at_most_once).why == grounds::no_retain_rule
    );
    const auto granted = ask(rights, access_action::subscribe, "s/+", qos::exactly_once);
    CHECK(granted.allowed);
    CHECK(granted.maximum_qos == qos::at_most_once);
    CHECK(ask(rights, access_action::receive, "r", qos::at_most_once).allowed);
    for (const auto action :
         {access_action::publish,
          access_action::subscribe,
          access_action::receive,
          access_action::retain}) {
        CHECK(ask(rights, action, "other", qos::at_most_once).why == grounds::no_rule);
    }
}

TEST_CASE("what is no topic is denied, whatever the rules", "[ask]") {
    const auto rights =
        rights_by({rule(access_action::publish, "#"), rule(access_action::receive, "#")});
    for (const auto action :
         {access_action::publish,
          access_action::subscribe,
          access_action::receive,
          access_action::retain}) {
        for (const char* const topic : {"", "a/#/b", "\xff", "a+"}) {
            CHECK(ask(rights, action, topic, qos::at_most_once).why == grounds::not_a_topic);
        }
    }
    CHECK(
        ask(rights, access_action::publish, "a/+", qos::at_most_once).why == grounds::not_a_topic
    );
    CHECK(
        ask(rights, access_action::receive, "a/+", qos::at_most_once).why == grounds::not_a_topic
    );
}
