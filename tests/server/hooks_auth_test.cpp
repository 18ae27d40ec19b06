// Enhanced authentication and re-authentication, which only hooks can give. [MQTT-4.12.0-1]
#include "hook_record.hpp"
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::string_literals;

namespace {

using lines = hook_record::lines;

properties method_and(std::string_view method, byte_view data = {}) {
    properties given;
    given.set(prop::authentication_method, method);
    if (!data.empty()) {
        given.set(prop::authentication_data, data);
    }
    return given;
}

std::string auth(reason_code reason, const properties& given) {
    auth_packet what;
    what.reason = auth_reason::from(reason).value();
    what.properties = given;
    return talker::bytes_of(what);
}

constexpr auto go_on = reason_code::continue_authentication;
constexpr auto again = reason_code::re_authenticate;
constexpr auto done = reason_code::success;

// Asks for a number until it gets the right one, which differs from hook to hook.
struct quiz {
    hook_record record;
    server broker{one_shard()};
    properties begin = method_and("quiz", "hello");
    connect_packet hello;

    quiz() {
        hello.client_id = "c";
        hello.username = "asker";
        hello.properties = begin;
        auto& all = broker.hooks();
        all.on_enhanced_auth = [this](auth_request& request) { return ask("first", request, "1"); };
        all.on_auth = [this](auth_request& request) { return ask("then", request, "2"); };
        all.on_re_auth = [this](auth_request& request) { return ask("again", request, "3"); };
        all.on_basic_auth = [this](basic_auth_request&) {
            record.add("basic");
            return decision{};
        };
        broker.start();
    }

    static config one_shard() {
        config settings = quiet_config();
        settings.workers = 1;
        return settings;
    }

    decision ask(const char* hook, auth_request& request, byte_view right) {
        const bool fresh = request.answer.empty() && !request.go_on;
        const bool here = request.client.peer_address.starts_with("127.0.0.1:");
        record.add(
            std::string(fresh ? "" : "stale ") + (here ? "" : "from elsewhere ") +
            std::string(hook) + " " + std::string(request.client.client_id) + "/" +
            std::string(request.client.username) + " " + std::string(request.method) + " " +
            std::string(request.data)
        );
        if (request.data == "wrong") {
            return {reason_code::not_authorized, "wrong answer"};
        }
        request.go_on = request.data != right;
        request.answer = request.go_on ? "guess" : "right";
        if (!request.go_on && right == "2") {
            request.username = "winner";
        }
        return {};
    }
};

// Of an AUTH, or a CONNACK, of less than 128 bytes: what it says besides the reason code.
property_view properties_in(const std::string& packet) {
    return property_view(byte_view(packet).substr(packet.front() == '\x20' ? 5 : 4));
}

int reason_in(const std::string& packet) {
    return static_cast<unsigned char>(packet.at(packet.front() == '\x20' ? 3 : 2));
}

// Connected, and authenticated.
struct proven : talker {
    explicit proven(quiz& by)
        : talker(by.broker) {
        const properties right = method_and("quiz", "1");
        by.hello.properties = right;
        CHECK(connect(by.hello) == 0);
        by.record.take();
    }
};

}  // namespace

TEST_CASE(
    "on_enhanced_auth may be satisfied at once, and answers in the CONNACK [MQTT-4.12.0-5]",
    "[hooks][auth]"
) {
    quiz by;
    const properties right = method_and("quiz", "1");
    by.hello.properties = right;
    talker client(by.broker);
    client.say(by.hello);
    const std::string connack = client.packet();
    CHECK(reason_in(connack) == 0);
    CHECK(properties_in(connack)[prop::authentication_method] == "quiz");
    CHECK(properties_in(connack)[prop::authentication_data] == "right");
    CHECK(by.record.take() == lines{"first c/asker quiz 1"});
    CHECK(by.broker.session("c")->username == "asker");
}

TEST_CASE(
    "an exchange goes on with on_auth until it is satisfied [MQTT-4.12.0-2] [MQTT-4.12.0-3] "
    "[MQTT-4.12.0-5]",
    "[hooks][auth]"
) {
    quiz by;
    talker client(by.broker);
    client.say(by.hello);
    for (const byte_view guess : {"5", "2"}) {
        const std::string question = client.packet();
        CHECK(question.front() == '\xF0');
        CHECK(reason_in(question) == 0x18);
        CHECK(properties_in(question)[prop::authentication_method] == "quiz");
        CHECK(properties_in(question)[prop::authentication_data] == "guess");
        client.say(auth(go_on, method_and("quiz", guess)));
    }
    const std::string connack = client.packet();
    CHECK(reason_in(connack) == 0);
    CHECK(properties_in(connack)[prop::authentication_data] == "right");
    CHECK(
        by.record.take() ==
        lines{"first c/asker quiz hello", "then c/asker quiz 5", "then c/asker quiz 2"}
    );
    CHECK(by.broker.session("c")->username == "winner");
}

TEST_CASE("a hook refuses an exchange, early or late [MQTT-4.12.0-4]", "[hooks][auth]") {
    quiz by;
    const bool early = GENERATE(true, false);
    const properties wrong = method_and("quiz", "wrong");
    if (early) {
        by.hello.properties = wrong;
    }
    talker client(by.broker);
    client.say(by.hello);
    if (!early) {
        client.packet();
        client.say(auth(go_on, wrong));
    }
    const std::string connack = client.packet();
    CHECK(reason_in(connack) == 0x87);
    CHECK(properties_in(connack)[prop::reason_string] == "wrong answer");
    CHECK(client.read_to_the_end().empty());
    CHECK_FALSE(by.broker.session("c"));
}

TEST_CASE(
    "an exchange that is not continued as it should be is refused [MQTT-3.1.2-30] "
    "[MQTT-4.12.0-5]",
    "[hooks][auth]"
) {
    quiz by;
    talker client(by.broker);
    client.say(by.hello);
    client.packet();

    SECTION("another method") {
        client.say(auth(go_on, method_and("other", "2")));
        CHECK(reason_in(client.packet()) == 0x82);
    }

    SECTION("another reason code") {
        client.say(auth(again, method_and("quiz", "2")));
        CHECK(reason_in(client.packet()) == 0x82);
    }

    SECTION("another packet") {
        client.say(pingreq_packet{});
        CHECK(reason_in(client.packet()) == 0x82);
    }

    SECTION("a DISCONNECT needs no answer") {
        client.say(disconnect_packet{});
    }

    CHECK(client.read_to_the_end().empty());
    CHECK(by.record.take() == lines{"first c/asker quiz hello"});
    CHECK_FALSE(by.broker.session("c"));
}

TEST_CASE("nothing is decided for who hangs up in the middle of an exchange", "[hooks][auth]") {
    quiz by;
    {
        talker client(by.broker);
        client.say(by.hello);
        client.packet();
    }
    talker other(by.broker);
    other.say(auth(go_on, {}));
    other.read_to_the_end();
    CHECK(by.record.take() == lines{"first c/asker quiz hello"});
    CHECK_FALSE(by.broker.session("c"));
}

TEST_CASE("without on_auth the first hook is asked again", "[hooks][auth]") {
    server broker(quiet_config());
    int asked = 0;
    broker.hooks().on_enhanced_auth = [&](auth_request& request) {
        request.go_on = ++asked < 3;
        return decision{};
    };
    broker.start();
    talker client(broker);
    connect_packet hello;
    const properties method = method_and("m");
    hello.properties = method;
    client.say(hello);
    for (int step = 0; step < 2; ++step) {
        CHECK(client.packet().front() == '\xF0');
        client.say(auth(go_on, method));
    }
    CHECK(reason_in(client.packet()) == 0);
    CHECK(asked == 3);
}

TEST_CASE(
    "on_re_auth is asked on a live connection, which goes on as it was [MQTT-4.12.1-1]",
    "[hooks][auth]"
) {
    quiz by;
    proven client(by);
    client.say(auth(again, method_and("quiz", "4")));
    const std::string question = client.packet();
    CHECK(reason_in(question) == 0x18);
    CHECK(properties_in(question)[prop::authentication_data] == "guess");
    client.publish("between", qos::at_least_once);  // it may go on meanwhile
    CHECK(client.packet().front() == '\x40');
    client.say(auth(go_on, method_and("quiz", "3")));
    const std::string answer = client.packet();
    CHECK(answer.front() == '\xF0');
    CHECK(reason_in(answer) == 0);
    CHECK(properties_in(answer)[prop::authentication_data] == "right");
    CHECK(by.record.take() == lines{"again c/asker quiz 4", "again c/asker quiz 3"});
    client.ping();
}

TEST_CASE("on_re_auth refuses by disconnecting [MQTT-4.12.1-2]", "[hooks][auth]") {
    quiz by;
    proven client(by);
    client.say(auth(again, method_and("quiz", "wrong")));
    const std::string goodbye = client.packet();
    CHECK(goodbye.front() == '\xE0');
    CHECK(reason_in(goodbye) == 0x87);
    CHECK(properties_in(goodbye)[prop::reason_string] == "wrong answer");
    CHECK(client.read_to_the_end().empty());
}

TEST_CASE("re-authentication out of sequence ends the connection", "[hooks][auth]") {
    quiz by;
    proven client(by);
    const auto [reason, method] =
        GENERATE(std::pair{go_on, "quiz"}, std::pair{done, "quiz"}, std::pair{again, "other"});
    client.say(auth(reason, method_and(method, "3")));
    CHECK(client.read_to_the_end() == "\xE0\1\x82"s);
    CHECK(by.record.take().empty());
}

TEST_CASE("re-authentication does not change who a client is [MQTT-4.12.1-2]", "[hooks][auth]") {
    server broker(quiet_config());
    broker.hooks().on_enhanced_auth = [](auth_request& request) {
        request.username = "one";
        return decision{};
    };
    broker.hooks().on_re_auth = [](auth_request& request) {
        request.username = request.data;
        return decision{};
    };
    broker.start();
    connect_packet hello;
    const properties method = method_and("m");
    hello.properties = method;
    talker client(broker);
    client.say(hello);
    client.packet();
    client.say(auth(again, method_and("m", "one")));
    CHECK(reason_in(client.packet()) == 0);
    client.say(auth(again, method_and("m", "two")));
    CHECK(client.read_to_the_end() == "\xE0\1\x87"s);
}

TEST_CASE(
    "nothing comes before the CONNACK, not even the answer to an early AUTH [MQTT-3.2.0-1]",
    "[hooks][auth]"
) {
    quiz by;
    const properties right = method_and("quiz", "1");
    by.hello.properties = right;
    talker client(by.broker);
    client.say(talker::bytes_of(by.hello) + auth(again, method_and("quiz", "3")));
    CHECK(client.packet().front() == '\x20');
    CHECK(client.packet().front() == '\xF0');
}

TEST_CASE("an exchange grants what on_basic_auth may, whatever shard is home", "[hooks][auth]") {
    config settings = quiet_config();
    settings.workers = 4;
    server broker(settings);
    broker.hooks().on_enhanced_auth = [](auth_request& request) {
        request.go_on = true;
        request.answer = "who?";
        const bool seen = request.connect->keep_alive_seconds == 77;
        return decision{seen ? reason_code::success : reason_code::not_authorized, {}};
    };
    broker.hooks().on_auth = [](auth_request& request) {
        request.assigned_client_id = request.data;
        request.session_expiry_seconds = 1000;
        request.keep_alive_seconds = std::uint16_t{33};
        request.username = "proved";
        request.answer = "welcome";
        return decision{};
    };
    broker.hooks().on_re_auth = [](auth_request& request) {
        const bool none = request.connect == nullptr;
        return decision{none ? reason_code::success : reason_code::not_authorized, {}};
    };
    broker.start();
    const properties method = method_and("m");
    connect_packet nameless;
    nameless.keep_alive_seconds = 77;
    nameless.properties = method;
    for (const std::string name : {"a", "b", "c", "d", "e", "f"}) {
        talker client(broker);
        client.say(nameless);
        client.packet();
        client.say(auth(go_on, method_and("m", name)));
        const std::string connack = client.packet();
        CHECK(reason_in(connack) == 0);
        const property_view told = properties_in(connack);
        CHECK(told[prop::assigned_client_identifier] == name);
        CHECK(told[prop::session_expiry_interval] == 1000U);
        CHECK(told[prop::server_keep_alive] == 33);
        CHECK(told[prop::authentication_method] == "m");
        CHECK(told[prop::authentication_data] == "welcome");
        CHECK(broker.session(name)->username == "proved");
        client.say(auth(again, method));
        CHECK(reason_in(client.packet()) == 0);
    }
}
