// PUBLISH from the client: what is taken, what is answered, and when.
#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

constexpr qos qos0 = qos::at_most_once;
constexpr qos qos1 = qos::at_least_once;
constexpr qos qos2 = qos::exactly_once;

// A publisher, and a reader of everything whose session lasts if there is a store.
struct two {
    exchange with;
    properties expiry =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
    peer publisher{with};
    peer reader{with};

    explicit two(bool durable = false)
        : with(durable) {
        connect_packet lasting;
        lasting.client_id = "reader";
        lasting.properties = expiry;
        publisher.connect("publisher");
        reader.say(lasting);
        subscribe_packet all;
        all.packet_id = 1;
        all.filters = {{"#", {qos2}}};
        reader.say(all);
        with.commit();
        reader.read();
    }
};

publish_packet aliased(std::string_view topic, const properties& alias) {
    publish_packet what = peer::publication(topic, qos0);
    what.properties = alias;
    return what;
}

properties alias(std::uint16_t number) {
    return std::move(properties().set(prop::topic_alias, number));
}

}  // namespace

TEST_CASE("each QoS has its answer [MQTT-4.3.2-4] [MQTT-4.3.3-8]", "[publish]") {
    two of;
    of.publisher.say(peer::publication("t", qos0));
    CHECK(of.publisher.read().empty());
    of.publisher.say(peer::publication("t", qos1, 1));
    CHECK(of.publisher.read() == "\x40\2\0\1"s);
    of.publisher.say(peer::publication("t", qos2, 2));
    CHECK(of.publisher.read() == "\x50\2\0\2"s);
    CHECK(of.reader.read() == "\x30\5\0\1t\0x\x32\7\0\1t\0\1\0x\x34\7\0\1t\0\2\0x"s);
}

TEST_CASE("the answer waits for the store, and keeps its place", "[publish]") {
    two of(true);
    of.publisher.say(peer::publication("t", qos1, 1));
    of.publisher.say(peer::publication("t", qos2, 2));
    of.publisher.say(pingreq_packet{});
    CHECK(of.publisher.read() == "\xD0\0"s);  // a ping waits for no store
    of.with.commit();
    CHECK(of.publisher.read() == "\x40\2\0\1\x50\2\0\2"s);
}

TEST_CASE("what must be kept is refused while there is no room to keep it", "[publish]") {
    two of(true);
    of.with.store.be(store_state::full);
    of.publisher.say(peer::publication("t", qos1, 1));
    CHECK(of.publisher.read() == "\x40\3\0\1\x97"s);
    of.publisher.say(peer::publication("t", qos2, 2));
    CHECK(of.publisher.read() == "\x50\3\0\2\x97"s);
    of.publisher.say(peer::publication("t", qos0));
    CHECK(of.reader.read() == "\x30\5\0\1t\0x"s);
    CHECK(of.with.broker.numbers().publish_refused.value() == 2);
    of.with.store.be(store_state::working);
    of.publisher.say(peer::publication("t", qos2, 2));
    of.with.commit();
    CHECK(of.publisher.read() == "\x50\2\0\2"s);
}

TEST_CASE("a client of MQTT 3 that cannot be told of a refusal is closed", "[publish]") {
    two of(true);
    peer old(of.with);
    old.say("\x10\x0D\0\4MQTT\4\2\0\0\0\1o"s);
    CHECK(old.read() == "\x20\2\0\0"s);
    of.with.store.be(store_state::full);
    old.say("\x32\6\0\1t\0\7x"s);
    CHECK(old.read().empty());
    CHECK(old.closed());
}

TEST_CASE("no message is taken while there is no memory left, whatever its QoS", "[publish]") {
    two of;
    of.with.memory = client::memory_stage::refuse_messages;
    of.publisher.say(peer::publication("t", qos0));
    of.publisher.say(peer::publication("t", qos1, 1));
    of.with.memory = client::memory_stage::calm;
    CHECK(of.reader.read().empty());
}

TEST_CASE("more unanswered messages than allowed end the connection [MQTT-3.3.4-7]", "[publish]") {
    exchange with(true);
    with.rules->mqtt.server_receive_maximum = 2;
    const properties expiry =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
    connect_packet lasting;
    lasting.client_id = "c";
    lasting.properties = expiry;
    peer one(with);
    one.say(lasting);
    one.subscribe("#");
    with.commit();
    one.read();
    one.say(peer::publication("t", qos1, 1));
    one.say(peer::publication("t", qos2, 2));
    one.say(peer::publication("t", qos2, 2));  // again: it counts once
    with.commit();
    one.read();
    one.say(peer::publication("t", qos1, 3));
    one.say(peer::publication("t", qos1, 4));
    const std::string seen = one.read();
    CHECK(seen.substr(seen.size() - 3) == "\xE0\1\x93"s);
}

TEST_CASE("an alias stands for a topic once it was given one [MQTT-3.3.2-12]", "[publish]") {
    two of;
    const properties one = alias(1);
    of.publisher.say(aliased("t", one));
    of.publisher.say(aliased("", one));
    CHECK(of.reader.read() == "\x30\5\0\1t\0x\x30\5\0\1t\0x"s);

    SECTION("not before [X-PUB-3]") {
        const properties two = alias(2);
        of.publisher.say(aliased("", two));
        CHECK(of.publisher.read() == "\xE0\1\x82"s);
    }

    SECTION("and not beyond what is offered [MQTT-3.3.2-9]") {
        const properties high = alias(11);
        of.publisher.say(aliased("t", high));
        CHECK(of.publisher.read() == "\xE0\1\x94"s);
    }
}

TEST_CASE("what is not offered ends the connection", "[publish]") {
    exchange with;
    peer one(with);

    SECTION("a quality of service [MQTT-3.2.2-11]") {
        with.rules->mqtt.maximum_qos = qos0;
        one.connect();
        one.say(peer::publication("t", qos1));
        CHECK(one.read() == "\xE0\1\x9B"s);
    }

    SECTION("retained messages [MQTT-3.2.2-14]") {
        with.rules->mqtt.retain_available = false;
        one.connect();
        publish_packet what = peer::publication("t", qos0);
        what.retain = true;
        one.say(what);
        CHECK(one.read() == "\xE0\1\x9A"s);
    }

    SECTION("a topic with wildcards [MQTT-3.3.2-2]") {
        one.connect();
        one.say(peer::publication("a/+", qos0));
        CHECK(one.read() == "\xE0\1\x90"s);
    }
}

TEST_CASE("a closed topic is refused, not its publisher", "[publish]") {
    two of;
    of.publisher.say(peer::publication("$SYS/x", qos1));
    CHECK(of.publisher.read() == "\x40\3\0\7\x90"s);
    of.publisher.say(peer::publication("$SYS/x", qos0));
    of.publisher.say(pingreq_packet{});
    CHECK(of.publisher.read() == "\xD0\0"s);
}

TEST_CASE("a mount point is put before the topic", "[publish]") {
    two of;
    of.with.rules->mount_point = "site/";
    publish_packet what = peer::publication("t", qos0);
    what.retain = true;
    of.publisher.say(what);
    of.with.directory.retained.with([](const broker::retained_messages& all) {
        CHECK(all.size() == 1);
        CHECK(all.index().find("site/t") != nullptr);
    });
}
