// PUBACK, PUBREC, PUBREL, PUBCOMP from the client.
#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

constexpr qos qos1 = qos::at_least_once;
constexpr qos qos2 = qos::exactly_once;

// A client that gets back what it publishes.
struct echo {
    exchange with;
    peer one{with};

    echo() {
        one.connect();
        one.subscribe("#");
    }

    void publish(qos quality, std::uint16_t id) {
        one.say(peer::publication("t", quality, id));
        one.read();
    }
};

}  // namespace

TEST_CASE("a PUBLISH of QoS 1 is over with its PUBACK", "[ack]") {
    echo of;
    of.publish(qos1, 1);
    CHECK(of.with.broker.sessions().find("c")->out.size() == 1);
    of.one.say("\x40\2\0\1"s);
    CHECK(of.with.broker.sessions().find("c")->out.size() == 0);
    of.one.say("\x40\2\0\1"s);  // nobody minds
    CHECK_FALSE(of.one.closed());
}

TEST_CASE("QoS 2 goes PUBREC, PUBREL, PUBCOMP [MQTT-4.3.3-5]", "[ack]") {
    echo of;
    of.publish(qos2, 1);
    of.one.say("\x50\2\0\1"s);
    CHECK(of.one.read() == "\x62\2\0\1"s);
    of.one.say("\x70\2\0\1"s);
    CHECK(of.with.broker.sessions().find("c")->out.size() == 0);
}

TEST_CASE("a refused message is over at once [MQTT-4.3.3-4]", "[ack]") {
    echo of;
    of.publish(qos2, 1);
    of.one.say("\x50\3\0\1\x97"s);
    CHECK(of.one.read().empty());
    CHECK(of.with.broker.sessions().find("c")->out.size() == 0);
    CHECK(of.with.broker.numbers().dropped_refused_by_client.value() == 1);
}

TEST_CASE("an acknowledgement of the wrong kind ends the connection [X-QOS-1]", "[ack]") {
    echo of;
    of.publish(qos1, 1);
    of.one.say("\x50\2\0\1"s);
    CHECK(of.one.read() == "\xE0\1\x82"s);
}

TEST_CASE("an unknown PUBREC is answered, so that the other side can end it", "[ack]") {
    echo of;
    of.one.say("\x50\2\0\x09"s);
    CHECK(of.one.read() == "\x62\3\0\x09\x92"s);
    of.one.say("\x50\3\0\x09\x97"s);
    of.one.say("\x70\2\0\x09"s);
    CHECK(of.one.read().empty());
}

TEST_CASE("PUBREL frees the identifier, and is answered again [MQTT-4.3.3-11]", "[ack]") {
    echo of;
    of.publish(qos2, 5);
    CHECK(of.with.broker.sessions().find("c")->received.contains(5));
    of.one.say("\x62\2\0\5"s);
    CHECK(of.one.read() == "\x70\2\0\5"s);
    CHECK_FALSE(of.with.broker.sessions().find("c")->received.contains(5));
    of.one.say("\x62\2\0\5"s);
    CHECK(of.one.read() == "\x70\3\0\5\x92"s);  // [X-QOS-2]
}
