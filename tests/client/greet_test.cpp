// The session a client gets, and what the CONNACK says about it.
#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

property_view told(const std::string& connack) {
    return property_view(byte_view(connack).substr(5));
}

connect_packet with_properties(const properties& what) {
    connect_packet packet;
    packet.client_id = "c";
    packet.clean_start = false;
    packet.properties = what;
    return packet;
}

properties expiring(std::uint32_t seconds) {
    return std::move(properties().set(prop::session_expiry_interval, seconds));
}

}  // namespace

TEST_CASE("a CONNACK says what is not the protocol's default [MQTT-3.2.2-9]", "[greet]") {
    exchange with;
    auto& offered = with.rules->mqtt;

    SECTION("nothing, if nothing differs") {
        offered.server_receive_maximum = 65'535;
        offered.max_packet_size = unlimited;
        offered.topic_alias_maximum = 0;
        offered.max_keepalive = unlimited;
        peer one(with);
        CHECK(one.connect() == "\x20\3\0\0\0"s);
    }

    SECTION("everything, if everything does") {
        offered.server_receive_maximum = 11;
        offered.maximum_qos = qos::at_least_once;
        offered.retain_available = false;
        offered.max_packet_size = 1000;
        offered.topic_alias_maximum = 3;
        offered.wildcard_subscription_available = false;
        offered.subscription_identifier_available = false;
        offered.shared_subscription_available = false;
        offered.max_keepalive = 60s;
        with.policy->session_expiry_cap_seconds = 100;
        const properties expiry = expiring(1000);
        peer one(with);
        const std::string connack = one.connect(with_properties(expiry));
        const property_view said = told(connack);
        CHECK(said[prop::receive_maximum] == 11);
        CHECK(said[prop::maximum_qos] == 1);
        CHECK(said[prop::retain_available] == 0);
        CHECK(said[prop::maximum_packet_size] == 1000U);
        CHECK(said[prop::topic_alias_maximum] == 3);
        CHECK(said[prop::wildcard_subscription_available] == 0);
        CHECK(said[prop::subscription_identifier_available] == 0);
        CHECK(said[prop::shared_subscription_available] == 0);
        CHECK(said[prop::server_keep_alive] == 60);  // [MQTT-3.2.2-22]
        CHECK(said[prop::session_expiry_interval] == 100U);
    }
}

TEST_CASE("session present says whether it was [MQTT-3.2.2-2] [MQTT-3.2.2-3]", "[greet]") {
    exchange with;
    const properties expiry = expiring(100);
    peer first(with);
    CHECK(first.connect(with_properties(expiry)).substr(2, 2) == "\0\0"s);
    first.say(disconnect_packet{});
    peer second(with);
    CHECK(second.connect(with_properties(expiry)).substr(2, 2) == "\1\0"s);
    peer third(with);
    CHECK(third.connect(with_properties(expiry)).substr(2, 2) == "\1\0"s);
    CHECK(second.read() == "\xE0\1\x8E"s);  // [MQTT-3.1.4-3]
    CHECK(with.broker.numbers().sessions_taken_over.value() == 1);
    peer fourth(with);
    CHECK(fourth.connect("c").substr(2, 2) == "\0\0"s);
}

TEST_CASE("who sent no identifier is told the one it has got [MQTT-3.2.2-16]", "[greet]") {
    exchange with;
    with.rules->mqtt.assigned_clientid_prefix = "made-";
    peer one(with);
    const std::string connack = one.connect("");
    const std::string id(told(connack)[prop::assigned_client_identifier].value_or(""));
    CHECK(id.substr(0, 5) == "made-");
    CHECK(with.broker.sessions().find(id) != nullptr);
}

TEST_CASE("a session of MQTT 3 lasts as long as the cap, or its connection", "[greet]") {
    exchange with;
    with.policy->session_expiry_cap_seconds = 100;
    peer clean(with);
    clean.say("\x10\x0D\0\4MQTT\4\2\0\0\0\1a"s);
    CHECK(with.broker.sessions().find("a")->expiry_interval_seconds == 0);
    peer kept(with);
    kept.say("\x10\x0D\0\4MQTT\4\0\0\0\0\1b"s);
    CHECK(with.broker.sessions().find("b")->expiry_interval_seconds == 100);
}

TEST_CASE("user properties that do not fit are left out [MQTT-3.2.2-20]", "[greet]") {
    exchange with;
    with.decisions.on_basic_auth = [](basic_auth_request& request) {
        request.user_properties.emplace_back("name", std::string(100, 'x'));
        return decision{};
    };
    const properties small =
        std::move(properties().set(prop::maximum_packet_size, std::uint32_t{60}));
    peer one(with);
    const std::string connack = one.connect(with_properties(small));
    CHECK(connack.substr(0, 1) == "\x20");
    CHECK(connack.size() <= 60);
}

TEST_CASE("a client that takes no CONNACK is not kept [MQTT-3.1.2-24]", "[greet]") {
    exchange with;
    const properties tiny =
        std::move(properties().set(prop::maximum_packet_size, std::uint32_t{4}));
    peer one(with);
    CHECK(one.connect(with_properties(tiny)).empty());
    CHECK(one.closed());
    CHECK(with.broker.sessions().find("c") == nullptr);
}

TEST_CASE("where there are sessions enough, nobody gets another", "[greet]") {
    exchange with;
    with.broker.options().sessions.in_all = 1;
    peer one(with);
    CHECK(one.connect("one").substr(0, 1) == "\x20");
    peer two(with);
    CHECK(two.connect("two").substr(2, 2) == "\0\x97"s);
    CHECK(two.closed());
}

TEST_CASE("what follows CONNECT at once is dealt with behind the CONNACK", "[greet]") {
    exchange with;
    connect_packet hello;
    hello.client_id = "c";
    peer one(with);
    one.say(peer::bytes_of(hello) + peer::bytes_of(peer::publication("t", qos::at_least_once)));
    const std::string both = one.read();
    CHECK(both.front() == '\x20');
    CHECK(both.substr(both.size() - 5) == "\x40\3\0\7\x10"s);
}
