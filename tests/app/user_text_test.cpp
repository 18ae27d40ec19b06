#include "app/user_text.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::app;

TEST_CASE("a user is a line with state, roles and groups, and no secrets (C19)") {
    const std::vector<accounts::user> users{
        {.name = "alice", .password = {"$hash"}, .roles = {"a", "b"}, .groups = {"g"}},
        {.name = "bob", .password = {"$hash"}, .disabled = true},
        {.name = "carol"}};
    CHECK(
        list_of(users) == "alice\tactive\ta,b\tg\nbob\tdisabled\t-\t-\ncarol\tno password\t-\t-\n"
    );
    CHECK(list_of({}).empty());
}

TEST_CASE("a rule is shown with all it says") {
    access_rule rule;
    rule.topic = "a/#";
    rule.actions.add(access_action::publish);
    rule.actions.add(access_action::retain);
    rule.maximum_qos = qos::at_least_once;
    CHECK(text_of(rule) == "allow\tpublish,retain\ta/#\tqos 1");
    rule.allow = false;
    rule.actions = {};
    CHECK(
        text_of(accounts::role{"r", {rule, rule}}) ==
        "r\tdeny\t-\ta/#\tqos 1\nr\tdeny\t-\ta/#\tqos 1\n"
    );
    CHECK(text_of(accounts::role{"r"}) == "r\n");
}
