#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

TEST_CASE("an UNSUBACK has a code for each filter, in order [MQTT-3.11.3-1]", "[unsubscribe]") {
    exchange with;
    with.rules->mount_point = GENERATE(""s, "site/"s);
    peer one(with);
    one.connect();
    one.subscribe("a");
    one.subscribe("$share/g/b");
    unsubscribe_packet what;
    what.packet_id = 5;
    what.filters = {"never", "a", "$share/g/b", "a"};
    one.say(what);
    CHECK(one.read() == "\xB0\7\0\5\0\x11\0\0\x11"s);
    CHECK(with.broker.sessions().find("c")->subscriptions.empty());
}

TEST_CASE("the UNSUBACK of a session that lasts waits for the store", "[unsubscribe]") {
    exchange with(true);
    const properties expiry =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
    connect_packet lasting;
    lasting.client_id = "c";
    lasting.properties = expiry;
    peer one(with);
    one.say(lasting);
    one.subscribe("a");
    with.commit();
    one.read();
    unsubscribe_packet what;
    what.packet_id = 5;
    what.filters = {"a"};
    one.say(what);
    CHECK(one.read().empty());
    with.commit();
    CHECK(one.read() == "\xB0\4\0\5\0\0"s);
}

TEST_CASE("a client of MQTT 3 is told no codes", "[unsubscribe]") {
    exchange with;
    peer old(with);
    old.say("\x10\x0D\0\4MQTT\4\2\0\0\0\1o\xA2\5\0\5\0\1a"s);
    CHECK(old.read() == "\x20\2\0\0\xB0\2\0\5"s);
}
