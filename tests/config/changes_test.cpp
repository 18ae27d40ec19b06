#include "config/changes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

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
