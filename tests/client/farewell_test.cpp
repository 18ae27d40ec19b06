// How a connection ends, and what its client is told.
#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

const std::string rude = "\xF0\0"s;  // an AUTH that nobody asked for

connect_packet lasting(const properties& expiry) {
    connect_packet what;
    what.client_id = "c";
    what.properties = expiry;
    return what;
}

properties expiring() {
    return std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
}

}  // namespace

TEST_CASE("a client of MQTT 5 is told why [MQTT-4.13.1-1] [MQTT-3.14.4-2]", "[farewell]") {
    exchange with;
    peer one(with);
    one.connect();
    one.say(rude);
    CHECK(one.read() == "\xE0\1\x82"s);
    CHECK(one.closed());
}

TEST_CASE("a client of MQTT 3 is told nothing", "[farewell]") {
    exchange with;
    peer one(with);
    one.say("\x10\x0D\0\4MQTT\4\2\0\0\0\1o"s);
    CHECK(one.read() == "\x20\2\0\0"s);
    one.say(rude);
    CHECK(one.read().empty());
    CHECK(one.closed());
}

TEST_CASE("no DISCONNECT comes before the CONNACK [MQTT-3.14.0-1] [MQTT-3.2.0-1]", "[farewell]") {
    exchange with(true);
    const properties expiry = expiring();
    const std::string hello = peer::bytes_of(lasting(expiry));
    peer one(with);

    SECTION("if the store is slow, neither comes") {
        one.say(hello + rude);
        CHECK(one.read().empty());
        CHECK(one.closed());
    }

    SECTION("if it is not, both do") {
        one.say(hello);
        with.commit();
        one.say(rude);
        const std::string both = one.read();
        CHECK(both.front() == '\x20');
        CHECK(both.substr(both.size() - 3) == "\xE0\1\x82"s);
    }
}

TEST_CASE("what has been earned is said before the end, what has not is not", "[farewell]") {
    exchange with(true);
    const properties expiry = expiring();
    peer reader(with);
    reader.say(lasting(expiry));
    with.commit();
    reader.read();
    subscribe_packet what;
    what.packet_id = 1;
    what.filters = {{"stored", {qos::at_least_once}}};
    reader.say(what);
    with.commit();
    peer one(with);
    one.connect("one");
    const auto published = [](std::string_view topic, std::uint16_t id) {
        return peer::bytes_of(peer::publication(topic, qos::at_least_once, id));
    };
    one.say(published("nobody", 1) + published("stored", 2) + published("nobody", 3) + rude);
    CHECK(one.read() == "\x40\3\0\1\x10\xE0\1\x82"s);
}

TEST_CASE("a will is published unless its client took it back [MQTT-3.1.2-8]", "[farewell]") {
    exchange with;
    peer heir(with);
    heir.connect("heir");
    heir.subscribe("will");
    connect_packet what;
    what.client_id = "c";
    what.will = will_fields{.topic = "will", .payload = "x"};
    peer one(with);
    one.connect(what);
    const int how = GENERATE(0, 1, 2);
    if (how == 0) {
        one.say(rude);
    } else if (how == 1) {
        one.hang_up();
    } else {
        one.say(disconnect_packet{});
    }
    CHECK(heir.read() == (how == 2 ? ""s : "\x30\x08\0\4will\0x"s));
}
