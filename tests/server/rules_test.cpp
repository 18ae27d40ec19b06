#include "server/rules.hpp"

#include <lmqtt/server.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <limits>
#include <set>
#include <string>

using namespace lmqtt;
using namespace lmqtt::serving;
using namespace std::chrono_literals;

namespace {

config two_listeners() {
    config whole;
    whole.listeners = {{.address = ":1883", .name = "plain"}, {.address = ":1884"}};
    return whole;
}

}  // namespace

TEST_CASE("every listener has rules, in its place, with its name", "[rules]") {
    config whole = two_listeners();
    whole.listeners.at(1).mount_point = "site/";
    whole.log.dump_packet = true;
    const auto rules = listener_rules_of(whole);
    REQUIRE(rules.size() == 2);
    CHECK(rules.at(0)->name == "plain");
    CHECK(rules.at(1)->name == listener_name(whole.listeners.at(1)));
    CHECK(rules.at(0)->mount_point.empty());
    CHECK(rules.at(1)->mount_point == "site/");
    CHECK(rules.at(0)->dump_packets);
}

TEST_CASE("a listener that names the server's password file has none of its own", "[rules]") {
    config whole = two_listeners();
    whole.auth.password_file = "/all";
    whole.listeners.at(0).password_file = "/lan";
    CHECK(listener_rules_of(whole).at(0)->password_file == "/lan");
    CHECK(listener_rules_of(whole).at(1)->password_file.empty());
    CHECK(password_files_of(whole) == std::set<std::string>{"/lan"});
    whole.listeners.at(0).password_file = "/all";
    CHECK(listener_rules_of(whole).at(0)->password_file.empty());
    CHECK(password_files_of(whole).empty());
}

TEST_CASE(
    "the name of its listener goes into a session's terms, and nobody's have none", "[rules]"
) {
    const auto rules = listener_rules_of(two_listeners());
    CHECK(rules.at(0)->policy->listener == "plain");
    CHECK(rules.at(1)->policy->listener == ":1884");
    CHECK(policy_of_nobody(*rules.at(0)->policy)->listener.empty());
}

TEST_CASE("access rules that cannot be used are all named", "[rules]") {
    access_rule good{.topic = "t"};
    good.actions.add(access_action::publish);
    access_rule wild = good;
    wild.topic = "a/#/b";
    wild.origin = "lmqttd.toml:7";
    access_rule idle = good;
    idle.actions = {};
    CHECK(rule_set_of({good}, {})->restricts());
    CHECK(rule_set_of({}, {.configured = true})->restricts());
    CHECK_FALSE(rule_set_of({}, {})->restricts());
    try {
        static_cast<void>(rule_set_of({good, wild, idle}, {.configured = true}));
        FAIL("they are taken");
    } catch (const startup_error& error) {
        const std::string text = error.what();
        CHECK(error.why() == startup_error::cause::configuration);
        CHECK(text.find("lmqttd.toml:7: ") != std::string::npos);
        CHECK(text.find("; acl.rules: ") != std::string::npos);
    }
}

TEST_CASE("what a listener says itself is for its clients alone", "[rules]") {
    config whole = two_listeners();
    whole.mqtt.maximum_qos = qos::exactly_once;
    whole.listeners.at(1).maximum_qos = qos::at_most_once;
    const auto rules = listener_rules_of(whole);
    CHECK(rules.at(0)->mqtt.maximum_qos == qos::exactly_once);
    CHECK(rules.at(1)->mqtt.maximum_qos == qos::at_most_once);
}

TEST_CASE("the policy of sessions is what mqtt and limits say", "[rules]") {
    config whole = two_listeners();
    whole.mqtt.max_queued_messages = 11;
    whole.mqtt.max_queued_bytes = 12'000;
    whole.mqtt.max_inflight = std::uint16_t{13};
    whole.mqtt.inflight_expiry = std::chrono::milliseconds(14s);
    whole.mqtt.overflow = overflow_policy::reject;
    whole.mqtt.session_expiry = 15s;
    whole.mqtt.message_expiry = 16s;
    whole.mqtt.queue_qos0_messages = false;
    whole.mqtt.upgrade_outgoing_qos = true;
    whole.mqtt.delivery_mode = delivery_mode::overlap;
    whole.limits.max_subscriptions_per_session = 17;
    const auto policy = listener_rules_of(whole).front()->policy;
    CHECK(policy->outbox.maximum_messages == 11);
    CHECK(policy->outbox.maximum_bytes == 12'000);
    CHECK(policy->outbox.maximum_inflight == 13);
    CHECK(policy->outbox.inflight_expiry == 14s);
    CHECK(policy->outbox.overflow == overflow_policy::reject);
    CHECK(policy->session_expiry_cap_seconds == 15);
    CHECK(policy->message_expiry_cap_seconds == 16);
    CHECK(policy->maximum_subscriptions == 17);
    CHECK_FALSE(policy->queue_qos0);
    CHECK(policy->upgrade_outgoing_qos);
    CHECK(policy->deliver_overlapping);
}

TEST_CASE("an unlimited interval has no cap, and no interval is taken for it", "[rules]") {
    config whole = two_listeners();
    whole.mqtt.session_expiry = unlimited;
    whole.mqtt.message_expiry = std::chrono::seconds(std::chrono::hours(24 * 365 * 1000));
    whole.mqtt.max_queued_messages = unlimited;
    const auto policy = listener_rules_of(whole).front()->policy;
    CHECK(policy->session_expiry_cap_seconds == session::never_expires);
    CHECK(policy->message_expiry_cap_seconds == session::never_expires - 1);
    CHECK(policy->outbox.maximum_messages == std::numeric_limits<std::size_t>::max());
}

TEST_CASE("limits reach the codec and the check of topics", "[rules]") {
    config whole = two_listeners();
    whole.limits.max_user_properties = 2;
    whole.limits.max_property_bytes = 3;
    whole.limits.max_filters_per_subscribe = 4;
    whole.limits.max_topic_bytes = 5;
    whole.limits.max_topic_levels = 6;
    whole.mqtt.wildcard_subscription_available = false;
    whole.mqtt.shared_subscription_available = false;
    const auto rules = listener_rules_of(whole).front();
    CHECK(rules->decode.maximum_user_properties == 2);
    CHECK(rules->decode.maximum_property_bytes == 3);
    CHECK(rules->decode.maximum_filters == 4);
    CHECK(rules->admissible.topics.maximum_bytes == 5);
    CHECK(rules->admissible.topics.maximum_levels == 6);
    CHECK_FALSE(rules->admissible.wildcards);
    CHECK_FALSE(rules->admissible.shared);
}

TEST_CASE("a shard's broker knows its place and what it may hold", "[rules]") {
    config whole;
    whole.mqtt.shared_subscription_strategy = shared_subscription_strategy::sticky;
    whole.mqtt.retain_available = false;
    whole.limits.max_retained_messages = 7;
    whole.limits.max_retained_bytes = 8;
    whole.limits.max_sessions = 9;
    whole.limits.max_sessions_per_user = 3;
    broker::broker_options options = broker_options_of(whole, 2, 5);
    CHECK(options.shard == 2);
    CHECK(options.shards == 5);
    CHECK(options.strategy == shared_subscription_strategy::sticky);
    CHECK_FALSE(options.retain_available);
    CHECK(options.retained.maximum_messages == 7);
    CHECK(options.retained.maximum_bytes == 8);
    CHECK(options.sessions.in_all == 9);
    CHECK(options.sessions.of_one_user == 3);
    whole.limits.max_sessions = unlimited;
    whole.limits.max_sessions_per_user = unlimited;
    options = broker_options_of(whole, 0, 1);
    CHECK(options.sessions.in_all == std::numeric_limits<std::int64_t>::max());
    CHECK(options.sessions.of_one_user == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("who may connect, and how fast, is what limits say", "[rules]") {
    config whole;
    whole.limits.max_connections = 1;
    whole.limits.max_connections_per_address = 2;
    whole.limits.connect_rate_per_address = 3;
    whole.limits.connect_burst_per_address = 4;
    whole.limits.max_pending_handshakes = 5;
    whole.limits.max_pending_handshakes_per_address = 6;
    const net::admission_limits limits = admission_limits_of(whole);
    CHECK(limits.connections == 1);
    CHECK(limits.connections_per_address == 2);
    CHECK(limits.connects_per_second == 3);
    CHECK(limits.connect_burst == 4);
    CHECK(limits.pending == 5);
    CHECK(limits.pending_per_address == 6);
}
