#include "sample_accounts.hpp"

using namespace lmqtt;
using namespace lmqtt::accounts;

namespace {

access_rule sample_rule() {
    access_rule rule;
    rule.allow = false;
    rule.actions.add(access_action::publish);
    rule.topic = "devices/%c/#";
    rule.maximum_qos = qos::at_least_once;
    rule.roles = {"sensor"};
    rule.origin = "accounts.db role sensor";
    return rule;
}

}  // namespace

TEST_CASE("every field of a rule comes back, and their order", "[accounts_database]") {
    test::accounts_file file;
    role sensor{"sensor", {sample_rule()}};
    for (int bits = 0; bits < 16; ++bits) {
        access_rule rule = sample_rule();
        rule.allow = true;
        rule.actions.bits = static_cast<std::uint8_t>(bits);
        rule.maximum_qos = static_cast<qos>(bits % 3);
        sensor.rules.push_back(rule);
    }
    file.db.put_role({"other"});
    file.db.put_role(sensor);
    CHECK(file.db.read().roles == std::vector{role{"other"}, sensor});
    sensor.rules = {sensor.rules.back()};
    file.db.put_role(sensor);
    CHECK(file.db.read().roles == std::vector{role{"other"}, sensor});
}

TEST_CASE("a role that is removed is nobody's", "[accounts_database]") {
    test::accounts_file file;
    file.add({.name = "alice", .roles = {"reader", "sensor"}});
    file.db.put_role({"sensor", {sample_rule()}});
    file.db.put_group({"staff", {"sensor"}});
    CHECK(file.db.remove_role("sensor"));
    CHECK_FALSE(file.db.remove_role("sensor"));
    const auto read = file.db.read();
    CHECK(read.roles == std::vector{role{"reader"}});
    CHECK(read.users[0].roles == std::vector<std::string>{"reader"});
    CHECK(read.groups == std::vector{group{"staff"}});
}

TEST_CASE("groups come back with their roles, and make those they name", "[accounts_database]") {
    test::accounts_file file;
    file.db.put_group({"staff", {"a", "b"}});
    file.db.put_group({"guests"});
    CHECK(file.db.read().groups == std::vector{group{"guests"}, group{"staff", {"a", "b"}}});
    CHECK(file.db.read().roles == std::vector{role{"a"}, role{"b"}});
    file.db.put_group({"staff", {"c"}});
    CHECK(file.db.read().groups[1] == group{"staff", {"c"}});
    file.add({.name = "alice", .groups = {"staff"}});
    CHECK(file.db.remove_group("staff"));
    CHECK_FALSE(file.db.remove_group("staff"));
    CHECK(file.db.read().users[0].groups.empty());
}

TEST_CASE("every field of a ban comes back", "[accounts_database]") {
    test::accounts_file file;
    const ban bans[] = {
        {ban_kind::address, "192.0.2.0/24", 17, "scans"},
        {ban_kind::client, "x", {}, ""},
        {ban_kind::user, "x", -1, "left"}};
    for (const ban& each : bans) {
        file.db.put_ban(each);
    }
    CHECK(file.db.read().bans == std::vector<ban>(std::begin(bans), std::end(bans)));
    file.db.put_ban({ban_kind::user, "x"});
    CHECK(file.db.read().bans.back() == ban{ban_kind::user, "x"});
    CHECK(file.db.remove_ban(ban_kind::user, "x"));
    CHECK_FALSE(file.db.remove_ban(ban_kind::user, "x"));
    CHECK(file.db.read().bans.size() == 2);
}
