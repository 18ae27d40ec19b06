#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/print.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt;
using namespace lmqtt::config_file;

namespace {

// Through the text and back.
config again(const config& what, printed_keys which) {
    const loaded read = load_printed(print_config(what, which));
    for (const problem& each : read.problems) {
        FAIL(to_line(each, "printed") << "\n" << print_config(what, which));
    }
    return read.value;
}

void check_round_trip(const config& what) {
    for (const printed_keys which : {printed_keys::all, printed_keys::unlike_default}) {
        config back = again(what, which);
        for (access_rule& rule : back.acl.rules) {
            rule.origin.clear();
        }
        CHECK(back == what);
    }
}

// Another value than the one it has.
setting another(const key& row, const setting& now) {
    if (std::holds_alternative<bool>(now)) {
        return !std::get<bool>(now);
    }
    if (!row.at.words.empty() && row.written == kind::choice) {
        return std::int64_t{
            std::holds_alternative<std::int64_t>(now) && std::get<std::int64_t>(now) == 1 ? 0 : 1};
    }
    switch (row.written) {
    case kind::boolean:
        return true;
    case kind::choices:
        return std::int64_t{2};
    case kind::list:
        return texts{"192.0.2.1", "::1"};
    case kind::text:
        return std::string("/a \"word\"\\");
    case kind::path:
    case kind::destination:
        return std::string("/a/path with \"quotes\"");
    case kind::address:
        return std::string("unix:/run/a.sock");
    default:
        return std::max(
            row.bounds.min, row.at.tick * 1000 <= row.bounds.max ? row.at.tick : row.bounds.min
        );
    }
}

}  // namespace

TEST_CASE("the defaults are printed as nothing, or as all there is") {
    CHECK(print_config(config{}, printed_keys::unlike_default).empty());
    CHECK(
        print_config(config{}, printed_keys::all).find("max_inflight = 100\n") != std::string::npos
    );
    check_round_trip(config{});
}

TEST_CASE("every key survives being printed and read, whatever its value") {
    for (const key& row : keys()) {
        config what;
        row.at.set(what, 1, another(row, row.at.get(what, 1)));
        INFO(row.at.section << "." << row.name);
        if (what.listeners[1].tls) {
            what.listeners[1].tls->cert_file += "/crt";
            what.listeners[1].tls->key_file += "/key";
        }
        what.acl.configured = !what.acl.file.empty();
        check_round_trip(what);
        if (row.at.lifts) {
            row.at.set(what, 1, lifted{});
            check_round_trip(what);
        }
    }
}

TEST_CASE("rules survive being printed and read") {
    config what;
    what.acl.configured = true;
    check_round_trip(what);
    access_rule rule;
    rule.actions.add(access_action::receive);
    rule.topic = "devices/%c/\"#";
    rule.users = {"", "a b\n"};
    rule.listeners = {"lan"};
    what.acl.rules = {rule, rule};
    what.acl.rules[1].allow = false;
    check_round_trip(what);
    what.acl.file = "/etc/more.toml";
    check_round_trip(what);
}

TEST_CASE("a part of a listener that is there with all its defaults stays there") {
    config what;
    what.listeners = {{.address = "127.0.0.1:1"}};
    what.listeners[0].tls = tls_options{.cert_file = "/crt", .key_file = "/key"};
    check_round_trip(what);
    what.listeners[0].websocket = websocket_options{};
    check_round_trip(what);
}

TEST_CASE("what a broker runs with need not be what anybody would write") {
    config mixed;
    mixed.listeners = {{.address = "127.0.0.1:1"}};
    mixed.listeners[0].durability = durability::full;
    mixed.persistence.durability = durability::memory;
    CHECK_FALSE(load_text(print_config(mixed, printed_keys::all), "/").problems.empty());
    check_round_trip(mixed);
}
