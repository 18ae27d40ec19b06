// AUTH on a live connection. What its hook may do is in tests/server/hooks_auth_test.cpp.
#include "peer.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

const properties method =
    std::move(properties().set(prop::authentication_method, std::string_view("m")));

auth_packet again() {
    auth_packet what;
    what.reason = reason_code::re_authenticate;
    what.properties = method;
    return what;
}

// Connected with an Authentication Method.
struct proven {
    exchange with;
    peer one{with};

    proven() {
        with.decisions.on_enhanced_auth = [](auth_request&) { return decision{}; };
        connect_packet what;
        what.client_id = "c";
        what.properties = method;
        CHECK(one.connect(what).front() == '\x20');
    }
};

}  // namespace

TEST_CASE("AUTH without a method in CONNECT is an error [MQTT-4.12.0-7]", "[auth]") {
    exchange with;
    peer one(with);
    one.connect();
    one.say(again());
    CHECK(one.read() == "\xE0\1\x82"s);
}

TEST_CASE("re-authentication that nobody offers is refused", "[auth]") {
    proven client;
    client.one.say(again());
    CHECK(client.one.read() == "\xE0\1\x87"s);
}

TEST_CASE("a refusal counts as no protocol error, a wrong sequence does", "[auth]") {
    proven client;
    const bool refused = GENERATE(true, false);
    client.with.decisions.on_re_auth = [&](auth_request&) {
        return decision{refused ? reason_code::not_authorized : reason_code::success, {}};
    };
    auth_packet what = again();
    if (!refused) {
        what.reason = reason_code::continue_authentication;
    }
    client.one.say(what);
    CHECK(client.one.closed());
    CHECK(client.with.broker.numbers().protocol_errors.value() == (refused ? 0 : 1));
}

TEST_CASE("the reason string is left out if it does not fit [MQTT-3.14.2-3]", "[auth]") {
    exchange with;
    with.decisions.on_enhanced_auth = [](auth_request&) { return decision{}; };
    with.decisions.on_re_auth = [](auth_request&) {
        return decision{reason_code::not_authorized, std::string(100, 'x')};
    };
    properties terms = method;
    terms.set(prop::maximum_packet_size, std::uint32_t{60});
    connect_packet what;
    what.client_id = "c";
    what.properties = terms;
    peer one(with);
    CHECK(one.connect(what).front() == '\x20');
    one.say(again());
    CHECK(one.read() == "\xE0\1\x87"s);
}
