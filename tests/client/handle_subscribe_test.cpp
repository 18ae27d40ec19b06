#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

constexpr qos qos2 = qos::exactly_once;

struct subscriber {
    exchange with;
    peer one{with};

    std::string subscribe(std::vector<subscribe_packet::request> filters) {
        subscribe_packet what;
        what.packet_id = 9;
        what.filters = std::move(filters);
        one.say(what);
        return one.read();
    }
};

}  // namespace

TEST_CASE("a SUBACK has a code for each filter, in order [MQTT-3.8.4-6]", "[subscribe]") {
    subscriber of;
    of.with.rules->admissible.shared = false;
    of.one.connect();
    CHECK(
        of.subscribe({{"a", {qos2}}, {"a#", {}}, {"b", {}}, {"$share/g/t", {}}}) ==
        "\x90\7\0\x09\0\2\x8F\0\x9E"s
    );
    CHECK(of.with.broker.sessions().find("c")->subscriptions.size() == 2);
}

TEST_CASE("no more is granted than is offered [MQTT-3.2.2-10]", "[subscribe]") {
    subscriber of;
    of.with.rules->mqtt.maximum_qos = qos::at_least_once;
    of.one.connect();
    CHECK(of.subscribe({{"a", {qos2}}}) == "\x90\4\0\x09\0\1"s);
}

TEST_CASE("no local does not go with a shared subscription [MQTT-3.8.3-4]", "[subscribe]") {
    subscriber of;
    of.one.connect();
    CHECK(of.subscribe({{"$share/g/t", {qos2, true}}}) == "\xE0\1\x82"s);
}

TEST_CASE("identifiers are refused where there are none", "[subscribe]") {
    subscriber of;
    of.with.rules->mqtt.subscription_identifier_available = false;
    of.one.connect();
    const properties numbered =
        std::move(properties().set(prop::subscription_identifier, std::uint32_t{1}));
    subscribe_packet what;
    what.packet_id = 1;
    what.filters = {{"a", {}}};
    what.properties = numbered;
    of.one.say(what);
    CHECK(of.one.read() == "\xE0\1\xA1"s);
}

TEST_CASE("a mount point is put before the filter, and never shown", "[subscribe]") {
    subscriber of;
    of.with.rules->mount_point = "site/";
    of.one.connect();
    CHECK(of.subscribe({{"t", {}}, {"$share/g/u", {}}}) == "\x90\5\0\x09\0\0\0"s);
    const auto& held = of.with.broker.sessions().find("c")->subscriptions;
    CHECK(held.at(0).what.topic_filter == "$share/g/site/u");
    CHECK(held.at(1).what.topic_filter == "site/t");
    of.one.say(peer::publication("t", qos::at_most_once));
    CHECK(of.one.read() == "\x30\5\0\1t\0x"s);
}

TEST_CASE("what is no filter behind its mount point is refused", "[subscribe]") {
    subscriber of;
    of.with.rules->mount_point = "site";
    of.one.connect();
    CHECK(
        of.subscribe({{"#", {}}, {"+", {}}, {"+/x", {}}, {"$share/g/#", {}}, {"/#", {}}}) ==
        "\x90\x08\0\x09\0\x8f\x8f\x8f\x8f\0"s
    );
}
