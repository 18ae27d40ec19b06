#include "client/authority.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace lmqtt;
using lmqtt::client::authority;

namespace {

access_actions to_publish() {
    access_actions actions;
    actions.add(access_action::publish);
    return actions;
}

std::shared_ptr<const access::rule_set> rules_of(std::vector<access_rule> rules, bool set = true) {
    auto made = access::rule_set::make(std::move(rules), set);
    return std::get<std::shared_ptr<const access::rule_set>>(std::move(made));
}

access_rule allows(std::string topic) {
    return {.actions = to_publish(), .topic = std::move(topic)};
}

}  // namespace

TEST_CASE("without rules nobody need be asked about", "[authority]") {
    authority of;
    CHECK_FALSE(of.restricts());
    of.use(rules_of({}, false));
    CHECK_FALSE(of.restricts());
    of.use(rules_of({}, true));
    CHECK(of.restricts());
    of.use(nullptr);
    CHECK_FALSE(of.restricts());
}

TEST_CASE("each set of rules is another version, and none is 0", "[authority]") {
    authority of;
    const auto before = of.version();
    CHECK(before != 0);
    of.use(rules_of({allows("t")}));
    CHECK(of.version() != before);
    CHECK(of.version() != 0);
}

TEST_CASE("clients that may do the same share their rights", "[authority]") {
    authority of;
    of.use(rules_of({allows("t")}));
    const auto one = of.rights_of({.user_name = "u", .client_id = "a"});
    CHECK(one == of.rights_of({.user_name = "u", .client_id = "b"}));
    CHECK(one != of.rights_of({.user_name = "v", .client_id = "a"}));
    CHECK(one != of.rights_of({.user_name = "u", .client_id = "a", .listener = "l"}));
    const std::vector<std::string> roles{"r"};
    CHECK(one != of.rights_of({.user_name = "u", .roles = roles, .client_id = "a"}));
}

TEST_CASE("what a rule gives one client is not shared", "[authority]") {
    authority of;
    of.use(rules_of({allows("%c/t")}));
    const auto one = of.rights_of({.client_id = "a"});
    const auto other = of.rights_of({.client_id = "b"});
    CHECK(one->may_publish({.topic = "a/t"}).allowed);
    CHECK_FALSE(other->may_publish({.topic = "a/t"}).allowed);
    CHECK(other->may_publish({.topic = "b/t"}).allowed);
}

TEST_CASE("what a rule says about listed clients, users and roles reaches them", "[authority]") {
    authority of;
    access_rule for_client = allows("client");
    for_client.clients = {"a"};
    access_rule for_user = allows("user");
    for_user.users = {"u"};
    access_rule for_role = allows("role");
    for_role.roles = {"r"};
    of.use(rules_of({for_client, for_user, for_role}));
    const std::vector<std::string> roles{"r"};
    std::vector<std::shared_ptr<const access::rights>> kept;
    const auto may = [&](const access::principal& who) {
        const auto& mine = kept.emplace_back(of.rights_of(who));
        std::string topics;
        for (const char* topic : {"client", "user", "role"}) {
            topics += mine->may_publish({.topic = topic}).allowed ? topic[0] : '-';
        }
        return topics;
    };
    CHECK(may({.client_id = "a"}) == "c--");
    CHECK(may({.client_id = "b"}) == "---");
    CHECK(may({.user_name = "u", .client_id = "b"}) == "-u-");
    CHECK(may({.user_name = "u", .roles = roles, .client_id = "b"}) == "-ur");
    CHECK(may({.user_name = "u", .roles = roles, .client_id = "a"}) == "cur");
    CHECK(may({.user_name = "v", .roles = roles, .client_id = "b"}) == "--r");
}

TEST_CASE("new rules make new rights, and those that are held stay what they were", "[authority]") {
    authority of;
    of.use(rules_of({allows("t")}));
    const auto before = of.rights_of({.client_id = "a"});
    of.use(rules_of({allows("u")}));
    const auto after = of.rights_of({.client_id = "a"});
    CHECK(before->may_publish({.topic = "t"}).allowed);
    CHECK_FALSE(after->may_publish({.topic = "t"}).allowed);
    CHECK(after->may_publish({.topic = "u"}).allowed);
}

TEST_CASE("rights nobody holds any more are made again", "[authority]") {
    authority of;
    of.use(rules_of({allows("%u/t")}));
    for (int at = 0; at < 1000; ++at) {
        const std::string user = "u" + std::to_string(at % 300);
        CHECK(of.rights_of({.user_name = user})->may_publish({.topic = user + "/t"}).allowed);
    }
}
