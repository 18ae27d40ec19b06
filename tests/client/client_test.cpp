// The life of a connection: how long it may be silent, and how it ends.
#include "peer.hpp"

#include <stdexcept>

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

connect_packet alive_for(std::uint16_t seconds) {
    connect_packet what;
    what.client_id = "c";
    what.keep_alive_seconds = seconds;
    return what;
}

}  // namespace

TEST_CASE(
    "a client is silent for one and a half keep alives, no longer [MQTT-3.1.2-22]", "[client]"
) {
    exchange with;
    peer one(with);
    one.connect(alive_for(10));
    with.pass(14s);
    CHECK(one.read().empty());
    one.say(pingreq_packet{});
    CHECK(one.read() == "\xD0\0"s);
    with.pass(14s);
    one.write("\xC0"s);  // half a packet does not count
    with.settle();
    with.pass(2s);
    CHECK(one.read() == "\xE0\1\x8D"s);
    CHECK(with.broker.sessions().find("c") == nullptr);
}

TEST_CASE("without keep alive a client may be silent for ever", "[client]") {
    exchange with;
    with.rules->mqtt.max_keepalive = unlimited;
    peer one(with);
    one.connect(alive_for(0));
    with.pass(1000h);
    CHECK(one.read().empty());
    CHECK_FALSE(one.closed());
}

TEST_CASE("a connection that never becomes a client is closed in time", "[client]") {
    exchange with;
    peer silent(with);
    peer slow(with);
    slow.say("\x10\x0D\0\4MQ"s);
    with.pass(9s);
    CHECK_FALSE(silent.closed());
    with.pass(2s);
    CHECK(silent.closed());
    CHECK(slow.closed());
    CHECK(with.broker.numbers().handshakes_refused.value() == 2);
}

TEST_CASE("whoever hangs up is gone with all that was its own", "[client]") {
    exchange with;
    peer one(with);
    one.connect();
    CHECK(with.broker.numbers().clients_current.value() == 1);
    one.hang_up();
    CHECK(with.gone() == 1);
    CHECK(one.there() == nullptr);
    CHECK(with.broker.sessions().find("c") == nullptr);
    CHECK(with.broker.numbers().clients_current.value() == 0);
    CHECK(with.broker.numbers().connections_current.value() == 0);
    CHECK(with.tasks.count() == 0);
}

TEST_CASE("a peer that does not close its side is not waited for", "[client]") {
    exchange with;
    peer one(with);
    one.connect();
    one.say(disconnect_packet{});
    CHECK(one.closed());
    CHECK(with.gone() == 0);
    with.pass(2s);
    CHECK(with.gone() == 1);
}

TEST_CASE("a peer that does not read what it is sent is cut off", "[client]") {
    exchange with;
    with.rules->limits.output_stall = 30s;
    with.rules->limits.max_output_bytes = 10'000;
    peer deaf(with, 4096);
    deaf.connect();
    deaf.subscribe("t");
    message large;
    large.topic = "t";
    large.payload.assign(1'000'000, 'x');
    with.broker.publish(large, {0, {}, *with.policy}, 0);
    with.settle();
    CHECK(deaf.there()->held_bytes() > 10'000);
    with.pass(29s);
    CHECK(with.gone() == 0);
    with.pass(2s);
    CHECK(with.gone() == 1);
}

TEST_CASE("a peer that leaves less unread than its limit is cut off as well", "[client]") {
    exchange with;
    with.rules->limits.output_stall = 30s;
    with.rules->limits.max_output_bytes = 10'000'000;
    with.rules->mqtt.max_keepalive = unlimited;
    peer deaf(with, 4096);
    deaf.connect(alive_for(0));
    deaf.subscribe("t");
    message large;
    large.topic = "t";
    large.payload.assign(1'000'000, 'x');
    with.broker.publish(large, {0, {}, *with.policy}, 0);
    with.settle();
    with.pass(20s);
    deaf.there()->watch_output(with.clock.now().steady);
    with.pass(9s);
    CHECK(with.gone() == 0);
    with.pass(2s);
    CHECK(with.gone() == 1);
}

TEST_CASE("what a client holds is counted, and given up when memory is short", "[client]") {
    exchange with;
    peer one(with);
    one.connect();
    CHECK(one.there()->held_bytes() == 0);
    one.say("\x30\x7F\0\1t"s);
    CHECK(one.there()->held_bytes() == 5);
    one.there()->give_up();
    with.settle();
    CHECK(with.gone() == 1);
    CHECK(with.broker.sessions().find("c") == nullptr);
}

TEST_CASE("a client whose task fails leaves its session all the same", "[client]") {
    exchange with;
    with.decisions.on_connected = [](const client_info& about) {
        if (about.client_id == "unlucky") {
            throw std::runtime_error("nobody has guarded this hook");
        }
    };
    peer unlucky(with);
    unlucky.connect("unlucky");
    CHECK(with.log.contains("nobody has guarded this hook"));
    CHECK(with.gone() == 1);
    CHECK(with.broker.sessions().find("unlucky") == nullptr);
    CHECK(with.broker.numbers().clients_current.value() == 0);
    peer other(with);
    CHECK(other.connect("other").substr(0, 1) == "\x20");
}
