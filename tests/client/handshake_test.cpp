// From the first byte to the decision about a CONNECT.
#include "client/assigned_client_id.hpp"
#include "peer.hpp"

#include <optional>
#include <utility>
#include <vector>

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

connect_packet named(std::string_view client_id) {
    connect_packet what;
    what.client_id = client_id;
    return what;
}

// The reason code of a CONNACK, or -1 without one.
int code(const std::string& connack) {
    return connack.size() < 4 ? -1 : static_cast<unsigned char>(connack[3]);
}

}  // namespace

TEST_CASE("what a listener does not take is refused, and says why", "[handshake]") {
    exchange with;
    peer one(with);

    SECTION("a client identifier that is too long") {
        with.rules->limits.max_clientid_bytes = 3;
        CHECK(code(one.connect(named("four"))) == 0x85);
    }

    SECTION("none, where there has to be one [MQTT-3.1.3-8]") {
        with.rules->mqtt.allow_zero_length_clientid = false;
        CHECK(code(one.connect(named(""))) == 0x85);
    }

    SECTION("a user name that is too long") {
        with.rules->limits.max_username_bytes = 3;
        connect_packet what = named("c");
        what.username = "four";
        CHECK(code(one.connect(what)) == 0x86);
    }

    SECTION("a password that is too long") {
        with.rules->limits.max_password_bytes = 3;
        connect_packet what = named("c");
        what.password = "four";
        CHECK(code(one.connect(what)) == 0x86);
    }

    SECTION("another version") {
        with.rules->versions.v5_0 = false;
        CHECK(code(one.connect(named("c"))) == 0x84);
    }

    SECTION("a will that may not be published") {
        connect_packet what = named("c");
        what.will = will_fields{.topic = "$SYS/x"};
        CHECK(code(one.connect(what)) == 0x90);
    }

    SECTION("a will of too high a quality [MQTT-3.2.2-12]") {
        with.rules->mqtt.maximum_qos = qos::at_most_once;
        connect_packet what = named("c");
        what.will = will_fields{.quality = qos::at_least_once, .topic = "t"};
        CHECK(code(one.connect(what)) == 0x9B);
    }

    SECTION("a will to be retained [MQTT-3.2.2-13]") {
        with.rules->mqtt.retain_available = false;
        connect_packet what = named("c");
        what.will = will_fields{.retain = true, .topic = "t"};
        CHECK(code(one.connect(what)) == 0x9A);
    }

    SECTION("anybody, while memory is short") {
        with.memory = client::memory_stage::refuse_clients;
        CHECK(code(one.connect(named("c"))) == 0x97);
    }

    CHECK(one.closed());
    CHECK(with.broker.sessions().find("c") == nullptr);
    CHECK(with.broker.numbers().handshakes_refused.value() == 1);
}

TEST_CASE("who begins with anything but CONNECT is closed [MQTT-3.1.0-1]", "[handshake]") {
    exchange with;
    peer one(with);
    one.say(pingreq_packet{});
    CHECK(one.read().empty());
    CHECK(one.closed());
}

TEST_CASE("a CONNECT that is too large is not waited for", "[handshake]") {
    exchange with;
    with.rules->limits.max_connect_packet = 1000;
    peer one(with);
    one.say("\x10\xF0\x08"s);
    CHECK(one.closed());
}

TEST_CASE("an unsupported protocol level is told so [MQTT-3.1.2-2]", "[handshake]") {
    exchange with;
    peer one(with);
    one.say("\x10\x0D\0\4MQTT\7\2\0\0\0\0\0"s);
    CHECK(code(one.read()) == 0x84);
    CHECK(one.closed());
}

TEST_CASE("MQTT 3 is refused with the codes it knows, or without a word", "[handshake]") {
    exchange with;
    with.decisions.on_basic_auth = [](basic_auth_request& request) {
        const bool known = request.client.client_id == "a";
        return decision{known ? reason_code::bad_user_name_or_password : reason_code::banned, {}};
    };
    peer known(with);
    known.say("\x10\x0D\0\4MQTT\4\2\0\0\0\1a"s);
    CHECK(known.read() == "\x20\2\0\4"s);
    peer other(with);
    other.say("\x10\x0D\0\4MQTT\4\2\0\0\0\1b"s);
    CHECK(code(other.read()) <= 5);
    CHECK(other.closed());
}

TEST_CASE("a reason string that does not fit is left out [MQTT-3.2.2-19]", "[handshake]") {
    exchange with;
    with.decisions.on_basic_auth = [](basic_auth_request&) {
        return decision{reason_code::banned, std::string(100, 'x')};
    };
    const properties small =
        std::move(properties().set(prop::maximum_packet_size, std::uint32_t{50}));
    connect_packet what = named("c");
    what.properties = small;
    peer one(with);
    CHECK(one.connect(what) == "\x20\3\0\x8A\0"s);
}

TEST_CASE("a client of another shard is passed on, with all that came", "[handshake]") {
    exchange with;
    with.env.shards = 2;
    with.env.shard = 0;
    std::vector<std::pair<unsigned, std::string>> passed;
    net::connected_socket there;
    with.env.pass_on = [&](unsigned shard, client::hand_over&& leaving) {
        passed.emplace_back(shard, leaving.received);
        CHECK_FALSE(leaving.approved);
        there = std::move(leaving.socket);
    };
    std::string away = "a";
    while (client::home_shard(away, 2) == 0) {
        away += "a";
    }
    const std::string all = peer::bytes_of(named(away)) + "\xC0\0\xC0"s;
    peer one(with);
    one.say(all);
    CHECK(passed == std::vector{std::pair{1U, all}});
    CHECK(one.there() == nullptr);
    CHECK(with.gone() == 0);
}

TEST_CASE(
    "B05: another shard gives no more time, counted from when it was accepted", "[handshake]"
) {
    exchange with;
    with.rules->limits.handshake_timeout = std::chrono::seconds(10);
    with.env.shards = 2;
    with.env.shard = 0;
    with.decisions.on_enhanced_auth = [](auth_request& request) {
        request.go_on = true;  // it has to say more, and does not
        return decision{};
    };
    std::optional<client::hand_over> passed;
    with.env.pass_on = [&](unsigned, client::hand_over&& leaving) { passed = std::move(leaving); };
    std::string away = "a";
    while (client::home_shard(away, 2) == 0) {
        away += "a";
    }
    properties method;
    method.set(prop::authentication_method, "M");
    connect_packet what = named(away);
    what.properties = method;
    peer one(with);
    with.pass(std::chrono::seconds(6));
    one.say(what);
    REQUIRE(passed);
    with.env.shard = 1;
    auto arrived = std::make_unique<client::client>(with.env, std::move(*passed));
    with.tasks.spawn("client", client::client::run(std::move(arrived)));
    with.settle();
    CHECK_FALSE(one.closed());
    with.pass(std::chrono::seconds(3));
    CHECK_FALSE(one.closed());
    with.pass(std::chrono::milliseconds(1100));
    CHECK(one.closed());
}
