// What a listener allows, and what a hook settles for one client instead.
#include "peer.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using namespace lmqtt;
using namespace lmqtt::client;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

// Clients whose hook settles something for "c" alone.
struct limited : exchange {
    client_limits settled;

    limited() {
        decisions.on_basic_auth = [this](basic_auth_request& request) {
            if (request.client.client_id == "c") {
                request.limits = settled;
            }
            return decision{};
        };
    }
};

property_view connack_properties(const std::string& connack) {
    return property_view(byte_view(connack).substr(5));
}

int reason_of(const std::string& connack) {
    return static_cast<unsigned char>(connack.at(3));
}

connect_packet with_will(qos quality, bool retain) {
    connect_packet what;
    what.client_id = "c";
    what.will = will_fields{};
    what.will->topic = "w";
    what.will->quality = quality;
    what.will->retain = retain;
    return what;
}

// Why this CONNECT is not taken; empty: it is.
std::string_view why_not(const listener_rules& rules, const connect_packet& what) {
    const auto refusal = rules.refusal_of(what);
    return refusal ? refusal->why : std::string_view{};
}

connect_packet with_password(std::string_view password) {
    connect_packet what;
    what.client_id = "c";
    what.username = "u";
    what.password = password;
    return what;
}

const auto disconnected_with = [](reason_code why) { return "\xE0\1"s + static_cast<char>(why); };

}  // namespace

TEST_CASE("rules for which nothing was settled are the listener's own", "[listener_rules]") {
    const listener_rules_ptr rules = std::make_shared<listener_rules>();
    CHECK(rules_with(rules, {}) == rules);
}

TEST_CASE("everything that was settled replaces what the listener says", "[listener_rules]") {
    auto of_listener = std::make_shared<listener_rules>();
    of_listener->policy = generous_policy();
    const client_limits settled{
        .receive_maximum = std::uint16_t{1},
        .maximum_qos = qos::at_most_once,
        .retain_available = false,
        .maximum_packet_size = 2U,
        .topic_alias_maximum = std::uint16_t{3},
        .wildcard_subscription_available = false,
        .subscription_identifier_available = false,
        .shared_subscription_available = false,
        .max_inflight = std::uint16_t{4}};
    const auto own = rules_with(of_listener, settled);
    CHECK(own->mqtt.server_receive_maximum == 1);
    CHECK(own->mqtt.maximum_qos == qos::at_most_once);
    CHECK_FALSE(own->mqtt.retain_available);
    CHECK(own->mqtt.max_packet_size == limit<std::uint64_t>(2));
    CHECK(own->mqtt.topic_alias_maximum == 3);
    CHECK_FALSE(own->mqtt.wildcard_subscription_available);
    CHECK_FALSE(own->admissible.wildcards);
    CHECK_FALSE(own->mqtt.subscription_identifier_available);
    CHECK_FALSE(own->mqtt.shared_subscription_available);
    CHECK_FALSE(own->admissible.shared);
    CHECK(own->policy->outbox.maximum_inflight == 4);
    CHECK(own->policy->outbox.maximum_messages == of_listener->policy->outbox.maximum_messages);
    CHECK(of_listener->policy->outbox.maximum_inflight == 100);
}

TEST_CASE("a client is told its own limits, its neighbour the listener's", "[listener_rules]") {
    limited with;
    with.settled.receive_maximum = std::uint16_t{7};
    with.settled.maximum_qos = qos::at_least_once;
    with.settled.retain_available = false;
    with.settled.maximum_packet_size = 1000U;
    with.settled.topic_alias_maximum = std::uint16_t{5};
    with.settled.shared_subscription_available = false;
    peer one(with);
    const std::string connack = one.connect();
    const auto told = connack_properties(connack);
    CHECK(told[prop::receive_maximum] == 7);
    CHECK(told[prop::maximum_qos] == 1);
    CHECK(told[prop::retain_available] == 0);
    CHECK(told[prop::maximum_packet_size] == 1000);
    CHECK(told[prop::topic_alias_maximum] == 5);
    CHECK(told[prop::shared_subscription_available] == 0);
    peer other(with);
    const std::string plain = other.connect("d");
    CHECK_FALSE(connack_properties(plain)[prop::maximum_qos].has_value());
    CHECK_FALSE(connack_properties(plain)[prop::retain_available].has_value());
}

TEST_CASE("a client is held to its own limits", "[listener_rules]") {
    limited with;
    with.settled.receive_maximum = std::uint16_t{1};
    with.settled.maximum_qos = qos::at_least_once;
    with.settled.retain_available = false;
    with.settled.maximum_packet_size = 40U;
    with.settled.wildcard_subscription_available = false;
    peer one(with);
    one.connect();

    SECTION("maximum QoS [MQTT-3.2.2-11]") {
        one.say(peer::publication("t", qos::exactly_once));
        CHECK(one.read() == disconnected_with(reason_code::qos_not_supported));
    }
    SECTION("and it is granted no higher one") {
        CHECK(one.subscribe("t").back() == '\1');
    }
    SECTION("retain [MQTT-3.2.2-14]") {
        auto what = peer::publication("t", qos::at_most_once);
        what.retain = true;
        one.say(what);
        CHECK(one.read() == disconnected_with(reason_code::retain_not_supported));
    }
    SECTION("the size of a packet [MQTT-3.2.2-15]") {
        const std::string payload(32, 'x');
        one.say(peer::publication("t", qos::at_most_once, 0, payload));
        CHECK(one.read().empty());
        const std::string longer(36, 'x');
        one.say(peer::publication("t", qos::at_most_once, 0, longer));
        CHECK(one.read() == disconnected_with(reason_code::packet_too_large));
    }
    SECTION("wildcards [MQTT-3.8.3-5]") {
        CHECK(
            one.subscribe("a/#").back() ==
            static_cast<char>(reason_code::wildcard_subscriptions_not_supported)
        );
    }
    SECTION("and its neighbour is not") {
        peer other(with);
        other.connect("d");
        CHECK(other.subscribe("a/#").back() == '\2');
    }
}

TEST_CASE(
    "a client's receive maximum counts what is not acknowledged [MQTT-3.3.4-7]", "[listener_rules]"
) {
    limited with;
    with.settled.receive_maximum = std::uint16_t{1};
    peer one(with);
    one.connect();
    one.say(
        peer::bytes_of(peer::publication("t", qos::exactly_once, 1)) +
        peer::bytes_of(peer::publication("t", qos::exactly_once, 2))
    );
    const std::string seen = one.read();
    CHECK(seen.substr(seen.size() - 3) == disconnected_with(reason_code::receive_maximum_exceeded));
}

TEST_CASE("a hook may let a client have more than its listener gives", "[listener_rules]") {
    limited with;
    with.rules->mqtt.retain_available = false;
    with.rules->mqtt.maximum_qos = qos::at_most_once;
    with.settled.maximum_qos = qos::exactly_once;
    peer one(with);
    one.connect();
    CHECK(one.subscribe("t").back() == '\2');
    peer other(with);
    other.connect("d");
    CHECK(other.subscribe("t").back() == '\0');
}

TEST_CASE(
    "a will beyond the client's own limits is no CONNECT to take [MQTT-3.2.2-12] [MQTT-3.2.2-13]",
    "[listener_rules]"
) {
    limited with;
    with.settled.maximum_qos = qos::at_least_once;
    with.settled.retain_available = false;
    peer too_high(with);
    CHECK(
        reason_of(too_high.connect(with_will(qos::exactly_once, false))) ==
        static_cast<int>(reason_code::qos_not_supported)
    );
    CHECK(too_high.closed());
    peer retained(with);
    CHECK(
        reason_of(retained.connect(with_will(qos::at_least_once, true))) ==
        static_cast<int>(reason_code::retain_not_supported)
    );
    peer modest(with);
    CHECK(reason_of(modest.connect(with_will(qos::at_least_once, false))) == 0);
}

TEST_CASE("no more is on its way to a client than its own in-flight limit", "[listener_rules]") {
    limited with;
    with.settled.max_inflight = std::uint16_t{2};
    peer one(with);
    one.connect();
    one.subscribe("t", qos::at_least_once);
    peer other(with);
    other.connect("d");
    for (std::uint16_t id = 1; id <= 3; ++id) {
        other.say(peer::publication("t", qos::at_least_once, id));
    }
    const std::string one_publish = peer::bytes_of(peer::publication("t", qos::at_least_once, 1));
    CHECK(one.read().size() == 2 * one_publish.size());
}

TEST_CASE("passwords and tokens have a limit each (B09)", "[listener_rules]") {
    const std::string_view too_long = "its password is longer than limits.max_password_bytes";
    listener_rules rules;
    rules.limits.max_password_bytes = 20;
    rules.limits.max_token_bytes = 2000;
    const std::string tokens = "eyJ" + std::string(20'000, 'x');
    const auto token = [&](std::size_t size) { return std::string_view(tokens).substr(0, size); };
    const auto password = [&](std::size_t size) { return token(size + 3).substr(3); };
    const auto why = [&](std::string_view what) { return why_not(rules, with_password(what)); };

    for (const bool takes_tokens : {false, true}) {
        rules.takes_tokens = takes_tokens;
        CHECK(why(password(20)).empty());
        CHECK(why(password(21)) == too_long);
        CHECK(why(password(200)) == too_long);
        CHECK(why(password(2000)) == too_long);
    }
    CHECK(why(token(2000)).empty());
    CHECK(why(token(2001)) == "its token is longer than limits.max_token_bytes");
    CHECK(why(token(20'000)) == "its token is longer than limits.max_token_bytes");
    rules.takes_tokens = false;
    CHECK(why(token(20)).empty());
    CHECK(why(token(21)) == too_long);
}

TEST_CASE("3.x clients may be refused for their keep alive (CVE-2020-13849)", "[listener_rules]") {
    listener_rules rules;
    rules.mqtt.max_keepalive = std::chrono::seconds(60);
    const auto is_taken = [&](std::uint16_t seconds, protocol_version version) {
        connect_packet what = with_password("x");
        what.version = version;
        what.keep_alive_seconds = seconds;
        const auto refusal = rules.refusal_of(what);
        CHECK((!refusal || refusal->reason == reason_code::client_identifier_not_valid));
        return !refusal;
    };
    for (const unsigned asked : {0U, 1U, 60U, 61U, 600U, 65'535U}) {
        const auto seconds = static_cast<std::uint16_t>(asked);
        const bool is_short = seconds != 0 && seconds <= 60;
        for (const auto version : {protocol_version::v3_1, protocol_version::v3_1_1}) {
            rules.mqtt.refuse_long_keepalive = false;
            CHECK(is_taken(seconds, version));
            rules.mqtt.refuse_long_keepalive = true;
            CHECK(is_taken(seconds, version) == is_short);
        }
        CHECK(is_taken(seconds, protocol_version::v5_0));
    }
    rules.mqtt.max_keepalive = unlimited;
    CHECK(is_taken(0, protocol_version::v3_1_1));
    CHECK(is_taken(65'535, protocol_version::v3_1_1));
}
