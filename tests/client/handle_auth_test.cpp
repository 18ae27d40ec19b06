// AUTH on a live connection. What its hook may do is in tests/server/hooks_auth_test.cpp.
#include "peer.hpp"
#include "rules_for.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::chrono_literals;
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

namespace {

// A client whose method the accounts know: one message, and it is proved to be ann, with these
// roles, until then.
struct known {
    exchange with;
    client::login_verdict said;
    peer one{with};

    known() {
        said.username = "ann";
        with.env.desk.begin_exchange = [this](std::string_view, client::login&&) {
            return [this](byte_view) { return client::exchange_step{said}; };
        };
        access_rule for_meters = allow("t");
        for_meters.roles = {"meter"};
        use_rules(with, {for_meters, allow("last")});
        with.env.roles_of = [this](std::string_view) { return said.roles; };
    }

    void connect(std::optional<will_fields> last = {}) {
        connect_packet what;
        what.client_id = "c";
        what.properties = method;
        what.will = last;
        CHECK(one.connect(what).front() == '\x20');
    }

    // Whether it answers with success.
    bool proves_again() {
        one.say(again());
        return one.read().starts_with('\xF0');
    }

    bool may_publish() {
        one.say(peer::publication("t", qos::at_least_once));
        return one.read().at(4) == '\x10';  // no matching subscribers
    }
};

}  // namespace

TEST_CASE("who proves its name again has the roles of now", "[auth]") {
    known client;
    client.said.roles_are_the_accounts = GENERATE(true, false);
    client.connect();
    CHECK_FALSE(client.may_publish());
    client.said.roles = {"meter"};
    CHECK_FALSE(client.may_publish());
    CHECK(client.proves_again());
    CHECK(client.may_publish());
    client.said.roles = {};
    CHECK(client.proves_again());
    CHECK_FALSE(client.may_publish());
}

TEST_CASE("a proof that is renewed ends when the new one does", "[auth]") {
    known client;
    const auto lasting = [&](std::chrono::seconds how_long) {
        client.said.until = client.with.clock.now().wall + how_long;
    };
    lasting(60s);
    client.connect();
    client.with.pass(50s);
    lasting(60s);
    CHECK(client.proves_again());
    client.with.pass(50s);
    CHECK(client.one.there() != nullptr);
    SECTION("and no later") {
        client.with.pass(11s);
        CHECK(client.one.closed());
    }
    SECTION("or sooner") {
        lasting(5s);
        CHECK(client.proves_again());
        client.with.pass(6s);
        CHECK(client.one.closed());
    }
    SECTION("or never") {
        client.said.until.reset();
        CHECK(client.proves_again());
        client.with.pass(1000s);
        CHECK(client.one.there() != nullptr);
    }
}

TEST_CASE("a will has the roles of the last proof (C03)", "[auth]") {
    known client;
    client.said.roles_are_the_accounts = false;
    client.said.roles = {"meter"};
    client.connect(will_fields{.topic = "t"});
    const session::session* const whose = client.with.broker.sessions().find("c");
    REQUIRE(whose->will);
    CHECK(whose->will->roles == client.said.roles);
    client.said.roles = {"other"};
    CHECK(client.proves_again());
    CHECK(whose->will->roles == client.said.roles);
    client.said.roles_are_the_accounts = true;
    CHECK(client.proves_again());
    CHECK_FALSE(whose->will->roles);
}

TEST_CASE("whoever proves to be somebody else changes nothing and is refused (C21)", "[auth]") {
    known client;
    client.connect(will_fields{.topic = "last"});
    client.said.username = "bob";
    client.said.roles = {"meter"};
    client.one.say(again());
    CHECK(client.one.read() == "\xE0\1\x87"s);
}
