#include "access/rule_check.hpp"
#include "rules.hpp"
#include "support/scratch.hpp"

using namespace lmqtt;
using namespace lmqtt::access::test;
using access::problems_of;
using lmqtt::test::contains;

namespace {

// The one problem of an otherwise good rule.
std::string problem_of(const access_rule& rule) {
    const std::vector<std::string> found = problems_of(rule);
    REQUIRE(found.size() == 1);
    return found.front();
}

std::string topic_problem(std::string topic) {
    return problem_of(allow({subscribe}, std::move(topic)));
}

}  // namespace

TEST_CASE("good rules have no problems") {
    CHECK(problems_of(allow({publish, subscribe, receive, retain}, "#")).empty());
    CHECK(problems_of(allow({publish}, "devices/%c/+/#", qos::at_most_once)).empty());
    CHECK(problems_of(deny({receive}, "a/b c/%u")).empty());
    CHECK(problems_of(allow({subscribe, receive}, "$SYS/#")).empty());
    CHECK(problems_of(deny({publish}, "$CONTROL/#")).empty());
    access_rule rule = allow({publish}, "a");
    rule.users = {""};
    CHECK(problems_of(rule).empty());
}

TEST_CASE("a rule has an action, and a topic that is a filter") {
    CHECK(contains(problem_of(allow({}, "a")), "no action"));
    access_rule odd = allow({publish}, "a");
    odd.actions.bits |= 16;
    CHECK(contains(problem_of(odd), "does not exist"));
    CHECK(contains(topic_problem(""), "no topic"));
    for (const char* topic : {"a#", "#/a", "a/#/b", "a+", "+a/b", "a/%c#", "%u+/a", "++"}) {
        INFO(topic);
        CHECK(contains(topic_problem(topic), "not a topic filter"));
    }
    CHECK(contains(topic_problem(std::string("a\0b", 3)), "U+0000"));
    CHECK(contains(topic_problem(std::string(70'000, 'a')), "not a topic filter"));
}

TEST_CASE("a percent sign has to mean something") {
    CHECK(contains(topic_problem("a/%d"), "percent sign"));
    CHECK(contains(topic_problem("%u%c"), "two placeholders"));
}

TEST_CASE("a rule has no share name: it would hold for one group only (C07)") {
    for (const char* topic : {"$share/g/a", "$share/g/#", "$share", "$share/"}) {
        INFO(topic);
        CHECK(contains(topic_problem(topic), "share name"));
    }
}

TEST_CASE("a topic that no client can send is a problem, not a rule that never matches") {
    for (const char* topic :
         {"\xFF",
          "a\x80",
          "\xC0\x80",
          "\xE0\x80\x80",
          "\xED\xA0\x80",
          "\xF4\x90\x80\x80",
          "\xF0\x80\x80\x80",
          "\xE2\x82",
          "\xC3",
          "\xF5\x80\x80\x80",
          "\xF0\x9F\x98"}) {
        CHECK(contains(topic_problem(topic), "UTF-8"));
    }
    for (const char* topic :
         {"\xC3\xA9",
          "\xE2\x82\xAC/#",
          "\xF0\x9F\x98\x80",
          "\xEF\xBB\xBF",
          "\xED\x9F\xBF",
          "\xF4\x8F\xBF\xBF",
          "\xE0\xA0\x80"}) {
        CHECK(problems_of(allow({subscribe}, topic)).empty());
    }
}

TEST_CASE("a rule that could open nothing says so (C10)") {
    CHECK(contains(topic_problem("$CONTROL/#"), "closed"));
    CHECK(contains(topic_problem("$SYSTEM/a"), "closed"));
    CHECK(contains(topic_problem("$%c/a"), "closed"));
    CHECK(contains(problem_of(allow({publish, receive}, "$SYS/#")), "nobody publishes"));
    CHECK(contains(problem_of(allow({retain}, "$SYS/x")), "nobody publishes"));
}

TEST_CASE("a maximum QoS stands where it has a meaning") {
    access_rule denying = deny({publish}, "a");
    denying.maximum_qos = qos::at_most_once;
    CHECK(contains(problem_of(denying), "denies"));
    CHECK(contains(problem_of(allow({receive}, "a", qos::at_most_once)), "publish and subscribe"));
    CHECK(contains(problem_of(allow({publish}, "a", static_cast<qos>(3))), "0, 1 and 2"));
}

TEST_CASE("an empty name is a client without a user name, and nothing else") {
    for (auto member : {&access_rule::roles, &access_rule::clients, &access_rule::listeners}) {
        access_rule rule = allow({publish}, "a");
        rule.*member = {"x", ""};
        CHECK(contains(problem_of(rule), "empty name"));
    }
}

TEST_CASE("every problem of a rule is told") {
    access_rule rule = deny({}, "a#");
    rule.maximum_qos = qos::at_least_once;
    rule.roles = {""};
    CHECK(problems_of(rule).size() == 4);
}
