#include "config/changes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>

using namespace lmqtt;
using config_file::change;
using config_file::reload;

namespace {

config two_listeners() {
    config value;
    value.listeners = {{.address = "127.0.0.1:1"}, {.address = "127.0.0.1:2"}};
    return value;
}

}  // namespace

TEST_CASE("nothing changed is no change") {
    CHECK(config_file::changes(config{}, config{}).empty());
    CHECK(config_file::reloaded(config{}, config{}) == config{});
}

TEST_CASE("a change names its key, both values, and when it applies") {
    config wanted;
    wanted.mqtt.session_expiry = unlimited;
    wanted.workers = std::nullopt;
    const std::vector<change> found = config_file::changes(config{}, wanted);
    REQUIRE(found.size() == 2);
    CHECK(found[0].name == "workers");
    CHECK(found[0].before == "1");
    CHECK(found[0].after == "\"auto\"");
    CHECK(found[0].applies == reload::needs_restart);
    CHECK(found[1].name == "mqtt.session_expiry");
    CHECK(found[1].before == "\"2h\"");
    CHECK(found[1].after == "\"unlimited\"");
    CHECK(found[1].applies == reload::on_sighup);
}

TEST_CASE("a reload takes what applies at once and leaves what needs a restart") {
    config wanted;
    wanted.workers = 3;
    wanted.mqtt.max_inflight = 7;
    wanted.log.level = log_level::trace;
    wanted.pid_file = "/run/lmqttd.pid";
    const config result = config_file::reloaded(config{}, wanted);
    CHECK(result.workers == 1U);
    CHECK(result.mqtt.max_inflight == limit<std::uint16_t>(7));
    CHECK(result.log.level == log_level::trace);
    CHECK(result.pid_file.empty());
}

TEST_CASE("listeners are compared by their address, wherever they stand") {
    const config running = two_listeners();
    config wanted = two_listeners();
    std::ranges::reverse(wanted.listeners);
    CHECK(config_file::changes(running, wanted).empty());
    wanted.listeners[0].maximum_qos = qos::at_most_once;
    const std::vector<change> found = config_file::changes(running, wanted);
    REQUIRE(found.size() == 1);
    CHECK(found[0].name == "listeners(127.0.0.1:2).maximum_qos");
    CHECK(found[0].before.empty());
    CHECK(found[0].after == "0");
    const config result = config_file::reloaded(running, wanted);
    CHECK(result.listeners[1].maximum_qos == qos::at_most_once);
    CHECK_FALSE(result.listeners[0].maximum_qos);
}

TEST_CASE("a listener begins or ceases to speak TLS with a restart only") {
    const config plain = two_listeners();
    config secure = plain;
    secure.listeners[1].tls = tls_options{.cert_file = "a.crt", .key_file = "a.key"};
    for (const auto& [running, wanted] : {std::pair(secure, plain), std::pair(plain, secure)}) {
        const std::vector<change> found = config_file::changes(running, wanted);
        REQUIRE_FALSE(found.empty());
        CHECK(found[0].name == "listeners(127.0.0.1:2).tls.cert_file");
        for (const change& each : found) {
            CHECK(each.applies == reload::needs_restart);
        }
        CHECK(config_file::reloaded(running, wanted) == running);
    }
    config renewed = secure;
    renewed.listeners[1].tls->cert_file = "b.crt";
    CHECK(config_file::changes(secure, renewed).at(0).applies == reload::on_sighup);
    CHECK(config_file::reloaded(secure, renewed) == renewed);
}

TEST_CASE("a listener that comes or goes needs a restart") {
    config wanted = two_listeners();
    wanted.listeners[1].address = "127.0.0.1:3";
    const std::vector<change> found = config_file::changes(two_listeners(), wanted);
    REQUIRE(found.size() == 2);
    CHECK(found[0].before == "127.0.0.1:2");
    CHECK(found[0].after.empty());
    CHECK(found[1].after == "127.0.0.1:3");
    CHECK(found[0].applies == reload::needs_restart);
    CHECK(found[1].applies == reload::needs_restart);
    CHECK(config_file::reloaded(two_listeners(), wanted) == two_listeners());
}

TEST_CASE("rules are compared by what they say, not by where they stand") {
    config running;
    access_rule one;
    one.topic = "one";
    access_rule two;
    two.topic = "two";
    running.acl.rules = {one, two};
    running.acl.configured = true;
    config wanted = running;
    std::ranges::reverse(wanted.acl.rules);
    wanted.acl.rules[0].origin = "elsewhere:7";
    CHECK(config_file::changes(running, wanted).empty());
    wanted.acl.rules[0].allow = false;
    const std::vector<change> found = config_file::changes(running, wanted);
    REQUIRE(found.size() == 1);
    CHECK(found[0].name == "acl.rules");
    CHECK(found[0].before == "2 rules");
    CHECK(found[0].after == "2 rules, 1 added, 1 gone");
    CHECK(found[0].applies == reload::on_sighup);
    const auto rules = config_file::changed_rules(running, wanted);
    REQUIRE(rules.added.size() == 1);
    CHECK_FALSE(rules.added[0].allow);
    REQUIRE(rules.gone.size() == 1);
    CHECK(rules.gone[0].topic == "two");
}

TEST_CASE("a rule twice is not the same as once, and none is not the same as no access control") {
    config running;
    config wanted;
    wanted.acl.configured = true;
    CHECK(config_file::changes(running, wanted).size() == 1);
    running.acl.rules = {access_rule{}};
    wanted.acl.rules = {access_rule{}, access_rule{}};
    CHECK(config_file::changed_rules(running, wanted).added.size() == 1);
    CHECK(config_file::changed_rules(wanted, running).gone.size() == 1);
}

TEST_CASE("C11: until the restart that renames a listener, rules about its new name are about it") {
    config running = two_listeners();
    running.listeners[0].name = "lan";
    running.listeners[1].name = "wan";
    config wanted = two_listeners();
    wanted.listeners[0].name = "wan";
    wanted.listeners[1].name = "lan";
    wanted.listeners.push_back({.address = "127.0.0.1:3", .name = "new"});
    access_rule only_first;
    only_first.listeners = {"wan", "new"};
    access_rule only_new;
    only_new.listeners = {"new"};
    access_rule all;
    wanted.acl.rules = {only_first, only_new, all};
    const config result = config_file::reloaded(running, wanted);
    REQUIRE(result.acl.rules.size() == 2);
    CHECK(result.acl.rules[0].listeners == std::vector<std::string>{"lan"});
    CHECK(result.acl.rules[1].listeners.empty());
    wanted.acl.restricted_listeners = {"wan", "new"};
    CHECK(
        config_file::reloaded(running, wanted).acl.restricted_listeners ==
        std::vector<std::string>{"lan"}
    );
    wanted.acl.restricted_listeners.clear();
    // What is in force is not named as a change for ever.
    for (const change& each : config_file::changes(result, wanted)) {
        CHECK(each.name != "acl.rules");
    }
}

TEST_CASE("for every key, a reload either takes the change or names it as needing a restart") {
    for (const config_file::key& row : config_file::keys()) {
        if (row.name == "address" || !row.at.lifts) {
            continue;
        }
        config wanted;
        row.at.set(wanted, 0, config_file::lifted{});
        if (row.at.get(wanted, 0) == row.at.get(config{}, 0)) {
            row.at.set(wanted, 0, row.bounds.min);
        }
        const std::vector<change> found = config_file::changes(config{}, wanted);
        INFO(row.at.section << "." << row.name);
        REQUIRE(found.size() == 1);
        CHECK(found[0].applies == row.applies);
        const bool taken = config_file::reloaded(config{}, wanted) == wanted;
        CHECK(taken == (row.applies == reload::on_sighup));
    }
}
