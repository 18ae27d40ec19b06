#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

properties expiring(std::uint32_t seconds) {
    return std::move(properties().set(prop::session_expiry_interval, seconds));
}

struct leaving {
    exchange with;
    peer one{with};

    explicit leaving(std::uint32_t expiry_seconds) {
        const properties expiry = expiring(expiry_seconds);
        connect_packet what;
        what.client_id = "c";
        what.properties = expiry;
        one.connect(what);
    }

    std::string disconnect(std::uint32_t expiry_seconds) {
        const properties expiry = expiring(expiry_seconds);
        disconnect_packet what;
        what.properties = expiry;
        one.say(what);
        return one.read();
    }
};

}  // namespace

TEST_CASE("DISCONNECT is the last packet [MQTT-3.14.4-1]", "[disconnect]") {
    exchange with;
    peer one(with);
    one.connect();
    one.say("\xE0\0\xC0\0"s);
    CHECK(one.read().empty());
    CHECK(one.closed());
}

TEST_CASE("a session may be kept for another time [X-DISC-2]", "[disconnect]") {
    leaving client(10);
    CHECK(client.disconnect(20).empty());
    CHECK(client.with.broker.sessions().find("c")->expiry_interval_seconds == 20);
}

TEST_CASE("but for no longer than the cap", "[disconnect]") {
    leaving client(10);
    client.with.policy->session_expiry_cap_seconds = 15;
    CHECK(client.disconnect(20).empty());
    CHECK(client.with.broker.sessions().find("c")->expiry_interval_seconds == 15);
}

TEST_CASE("or ended", "[disconnect]") {
    leaving client(10);
    CHECK(client.disconnect(0).empty());
    CHECK(client.with.broker.sessions().find("c") == nullptr);
}

TEST_CASE("one that was not to last does not begin to [X-DISC-1]", "[disconnect]") {
    leaving client(0);
    CHECK(client.disconnect(20) == "\xE0\1\x82"s);
    CHECK(client.with.broker.sessions().find("c") == nullptr);
}
