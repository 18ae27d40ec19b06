// Access rules of a program that embeds a server.
#include "raw_client.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt;
using namespace std::string_literals;
using lmqtt::test::quiet_config;
using lmqtt::test::raw_client;

namespace {

access_rule allow(std::string topic) {
    access_rule rule{.topic = std::move(topic)};
    rule.actions.add(access_action::publish);
    return rule;
}

config with_rules(std::vector<access_rule> rules) {
    config settings = quiet_config();
    settings.acl.rules = std::move(rules);
    return settings;
}

message about(std::string topic) {
    message made;
    made.topic = std::move(topic);
    return made;
}

// Of a PUBLISH with QoS 1 to "t": 0x10, since nobody subscribes, if it is allowed.
int answer_to_publish(raw_client& client) {
    client.say("\x32\6\0\1t\0\1\0"s);
    return static_cast<unsigned char>(client.packet().at(4));
}

}  // namespace

TEST_CASE("a server does not start with an access rule that it cannot use", "[access]") {
    server broker(with_rules({allow("a/#/b")}));
    try {
        broker.start();
        FAIL("it has started");
    } catch (const startup_error& error) {
        CHECK(error.why() == startup_error::cause::configuration);
    }
    CHECK(broker.addresses().empty());
}

TEST_CASE("a reload changes what connected clients may do, or nothing at all", "[access]") {
    server broker(with_rules({allow("t")}));
    broker.start();
    raw_client client(broker);
    client.say_connect();
    client.packet();
    CHECK(answer_to_publish(client) == 0x10);
    CHECK(broker.reload(with_rules({allow("u")})).empty());
    CHECK(answer_to_publish(client) == 0x87);
    config bad = with_rules({allow("t"), allow("a/#/b")});
    CHECK_THROWS_AS(broker.reload(bad), startup_error);
    CHECK(answer_to_publish(client) == 0x87);
    CHECK(broker.reload(quiet_config()).empty());
    CHECK(answer_to_publish(client) == 0x10);
}

TEST_CASE("a reload that is refused is counted, and an alarm until one works", "[access]") {
    server broker(with_rules({allow("t")}));
    broker.start();
    raw_client client(broker);
    client.say_connect();
    client.packet();
    const auto numbers = [&] {
        answer_to_publish(client);  // behind it the first shard has done what it was told
        std::vector<std::int64_t> found;
        for (const metric_value& each : broker.metrics()) {
            if (each.name.starts_with("lmqtt_config_reload")) {
                found.push_back(each.value);
            }
        }
        return found;
    };
    using values = std::vector<std::int64_t>;
    CHECK(numbers() == values{0, 0});
    CHECK_THROWS_AS(broker.reload(with_rules({allow("a/#/b")})), startup_error);
    CHECK(numbers() == values{1, 1});
    broker.reload_failed();
    CHECK(numbers() == values{2, 1});
    CHECK(broker.reload(quiet_config()).empty());
    CHECK(numbers() == values{2, 0});
}

TEST_CASE("what the program itself publishes is not asked about", "[access]") {
    access_rule read_all{.topic = "#"};
    read_all.actions.add(access_action::subscribe);
    read_all.actions.add(access_action::receive);
    server broker(with_rules({read_all}));
    broker.start();
    raw_client client(broker);
    client.say_connect();
    client.packet();
    client.say("\x82\7\0\1\0\0\1t\0"s);
    CHECK(client.packet() == "\x90\4\0\1\0\0"s);
    message what;
    what.topic = "t";
    what.payload = "x";
    broker.publish(what);
    CHECK(client.packet() == "\x30\5\0\1t\0x"s);
}

TEST_CASE("a program asks what somebody may do, by the rules of that moment", "[access]") {
    access_rule mine = allow("to/%u/%c");
    mine.roles = {"meter"};
    mine.maximum_qos = qos::at_least_once;
    server broker(with_rules({mine}));
    const access_subject ann{.username = "ann", .client_id = "7", .roles = {{"meter"}}};
    const access_request asked{.who = ann, .topic = "to/ann/7", .quality = qos::at_least_once};
    CHECK_FALSE(broker.may(asked).allowed);  // nothing is open yet
    broker.start();
    const access_verdict said = broker.may(asked);
    CHECK(said.allowed);
    CHECK(said.maximum_qos == qos::at_least_once);
    access_request other = asked;
    other.topic = "to/bob/7";
    CHECK_FALSE(broker.may(other).allowed);
    other = asked;
    other.action = access_action::retain;
    CHECK_FALSE(broker.may(other).allowed);
    other = asked;
    other.who.roles = std::nullopt;  // there are no accounts that could give any
    CHECK_FALSE(broker.may(other).allowed);
    other = asked;
    other.who.username = "+";
    CHECK(broker.may(other).reason.find("the user name") != std::string::npos);
    broker.reload(with_rules({allow("t")}));
    CHECK_FALSE(broker.may(asked).allowed);
    broker.reload(quiet_config());
    CHECK(broker.may(other).allowed);
}

TEST_CASE("on somebody's behalf a program publishes what that one may", "[access]") {
    server broker(with_rules({allow("t")}));
    broker.start();
    raw_client client(broker);
    client.say_connect();
    client.packet();
    client.say("\x82\7\0\1\0\0\1#\0"s);
    CHECK(client.packet() == "\x90\4\0\1\0\x87"s);  // no rule allows that
    CHECK(broker.publish_for({.username = "ann"}, about("t")).allowed);
    const access_verdict denied = broker.publish_for({.username = "ann"}, about("u"));
    CHECK_FALSE(denied.allowed);
    CHECK_FALSE(denied.reason.empty());
    message kept = about("t");
    kept.retain = true;
    kept.payload = "x";
    CHECK_FALSE(broker.publish_for({.username = "ann"}, kept).allowed);
    CHECK_THROWS_AS(broker.publish_for({}, about("a/#")), std::invalid_argument);
    answer_to_publish(client);  // behind it the first shard has done what it was told
    CHECK_FALSE(broker.retained("t"));
    std::int64_t counted = 0;
    for (const metric_value& each : broker.metrics()) {
        if (each.name.starts_with("lmqtt_denied_publish") ||
            each.name.starts_with("lmqtt_denied_retain")) {
            counted += each.value;
        }
    }
    CHECK(counted == 2);
}
