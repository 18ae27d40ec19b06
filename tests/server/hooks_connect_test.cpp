// The hooks of connections and sessions, one by one: what they are told, and that their word is
// obeyed.
#include "hook_record.hpp"
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

using lines = hook_record::lines;

// What a hook is told of the client, but for its address, which is any port of the loopback.
std::string text_of(const client_info& about) {
    const bool here = about.peer_address.starts_with("127.0.0.1:");
    return std::string(about.client_id) + "/" + std::string(about.username) + "/" +
           std::string(about.listener) + "/" + std::to_string(int(about.version)) +
           (here ? "" : " from " + about.peer_address);
}

std::string text_of(session_end why) {
    switch (why) {
    case session_end::normal:
        return "normal";
    case session_end::taken_over:
        return "taken over";
    case session_end::expired:
        return "expired";
    }
    return "?";
}

config named_listener() {
    config settings = quiet_config();
    settings.listeners.front().name = "front";
    settings.mqtt.session_expiry_check_interval = 10ms;
    return settings;
}

struct with_record {
    hook_record record;
    server broker{named_listener()};
    properties lasting =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{1000}));

    connect_packet lasting_as(std::string_view client_id) const {
        connect_packet what;
        what.client_id = client_id;
        what.clean_start = false;
        what.properties = lasting;
        return what;
    }
};

connect_packet plain(std::string_view client_id, std::string_view username = {}) {
    connect_packet what;
    what.client_id = client_id;
    if (!username.empty()) {
        what.username = username;
    }
    return what;
}

task<decision> answer_later(decision said) {
    co_return said;
}

// Of a CONNACK of MQTT 5 with less than 128 bytes.
property_view properties_in(const std::string& connack) {
    return property_view(byte_view(connack).substr(5));
}

}  // namespace

TEST_CASE(
    "on_accept is told who comes and where, and sends away whom it does not want", "[hooks]"
) {
    with_record with;
    bool open = true;
    with.broker.hooks().on_accept = [&](std::string_view peer, std::string_view listener) {
        with.record.add(std::string(peer.substr(0, peer.rfind(':'))) + " " + std::string(listener));
        return open;
    };
    with.broker.hooks().on_basic_auth = [&](basic_auth_request&) {
        with.record.add("asked");
        return decision{};
    };
    with.broker.start();
    talker welcome(with.broker);
    CHECK(welcome.connect("a") == 0);
    CHECK(with.record.take() == lines{"127.0.0.1 front", "asked"});
    open = false;
    talker unwanted(with.broker);
    CHECK(unwanted.read_to_the_end().empty());
    CHECK(with.record.take() == lines{"127.0.0.1 front"});
}

TEST_CASE("on_basic_auth sees the CONNECT, and refuses it with its own reason", "[hooks]") {
    with_record with;
    with.broker.hooks().on_basic_auth = [&](basic_auth_request& request) {
        with.record.add(
            text_of(request.client) + " " + std::string(request.connect.password.value_or("none")) +
            " " + std::to_string(request.connect.keep_alive_seconds)
        );
        const bool known = request.connect.password == "secret";
        return decision{known ? reason_code::success : reason_code::banned, "not you"};
    };
    with.broker.start();
    connect_packet guest = plain("g", "guest");
    guest.password = "guess";
    guest.keep_alive_seconds = 30;
    talker refused(with.broker);
    refused.say(guest);
    const std::string connack = refused.packet();
    CHECK(connack.substr(2, 2) == "\0\x8A"s);
    CHECK(properties_in(connack)[prop::reason_string] == "not you");
    CHECK(refused.read_to_the_end().empty());
    guest.password = "secret";
    talker taken(with.broker);
    CHECK(taken.connect(guest) == 0);
    CHECK(with.record.take() == lines{"g/guest/front/5 guess 30", "g/guest/front/5 secret 30"});
    CHECK(with.broker.session("g")->username == "guest");
}

TEST_CASE("on_basic_auth decides about session expiry, keep alive and more", "[hooks]") {
    with_record with;
    with.broker.hooks().on_basic_auth = [&](basic_auth_request& request) {
        request.session_expiry_seconds = 77;
        request.keep_alive_seconds = std::uint16_t{33};
        request.response_information = "answers/here";
        request.user_properties.emplace_back("region", "north");
        return decision{};
    };
    with.broker.start();
    const properties asks =
        std::move(properties().set(prop::request_response_information, std::uint8_t{1}));
    connect_packet curious = plain("c");
    curious.properties = asks;
    talker client(with.broker);
    client.say(curious);
    const std::string connack = client.packet();
    const property_view told = properties_in(connack);
    CHECK(told[prop::session_expiry_interval] == 77U);
    CHECK(told[prop::server_keep_alive] == 33);
    CHECK(told[prop::response_information] == "answers/here");
    lines pairs;
    told.for_each_user_property([&](user_property each) {
        pairs.push_back(std::string(each.name) + "=" + std::string(each.value));
    });
    CHECK(pairs == lines{"region=north"});
    CHECK(with.broker.session("c")->expiry_interval_seconds == 77);
}

TEST_CASE("a session begins, is resumed, and ends; each time its hook is told", "[hooks]") {
    with_record with;
    auto& all = with.broker.hooks();
    all.on_session_created = [&](const client_info& about) {
        with.record.add("created " + text_of(about));
    };
    all.on_session_resumed = [&](const client_info& about) {
        with.record.add("resumed " + text_of(about));
    };
    all.on_session_terminated = [&](std::string_view client_id, session_end why) {
        with.record.add(std::string(client_id) + " ended: " + text_of(why));
    };
    all.on_connected = [&](const client_info& about) {
        with.record.add("connected " + text_of(about));
    };
    with.broker.start();
    connect_packet lasting = with.lasting_as("s");
    lasting.username = "user";
    auto client = std::make_unique<talker>(with.broker);
    CHECK(client->connect(lasting) == 0);
    client->leave();
    client = std::make_unique<talker>(with.broker);
    CHECK(client->connect(lasting) == 0);
    client->leave();
    client = std::make_unique<talker>(with.broker);
    CHECK(client->connect("s") == 0);
    client->leave();
    CHECK(
        with.record.take() ==
        lines{
            "created s/user/front/5",
            "connected s/user/front/5",
            "resumed s/user/front/5",
            "connected s/user/front/5",
            "s ended: taken over",
            "created s//front/5",
            "connected s//front/5",
            "s ended: normal"}
    );
    const properties brief =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{1}));
    lasting.properties = brief;
    client = std::make_unique<talker>(with.broker);
    CHECK(client->connect(lasting) == 0);
    client->leave();
    with.record.take();
    CHECK(with.record.take(1) == lines{"s ended: expired"});
}

TEST_CASE("on_closed is told who has gone, and why", "[hooks]") {
    with_record with;
    with.broker.hooks().on_closed = [&](const closed_notice& about) {
        with.record.add(
            text_of(about.client) + ": " + std::string(name_of(about.reason)) +
            (about.why.empty() ? " without a word" : "")
        );
    };
    with.broker.hooks().on_basic_auth = [](basic_auth_request& request) {
        const bool known = request.client.client_id != "stranger";
        return decision{known ? reason_code::success : reason_code::banned, {}};
    };
    with.broker.start();
    const auto gone = [&] { return with.record.take(1); };
    const auto arrived = [&](const connect_packet& what) {
        auto client = std::make_unique<talker>(with.broker);
        CHECK(client->connect(what) == 0);
        return client;
    };

    SECTION("a client that was refused had never come") {
        talker refused(with.broker);
        CHECK(refused.connect("stranger") == 0x8A);
        refused.read_to_the_end();
        CHECK(with.record.take().empty());
    }

    SECTION("with the reason the client gives") {
        arrived(plain("a", "user"))->leave();
        CHECK(gone() == lines{"a/user/front/5: Success"});
        arrived(plain("b"))->leave(reason_code::disconnect_with_will_message);
        CHECK(gone() == lines{"b//front/5: Disconnect with Will Message"});
    }

    SECTION("without one, because the connection was lost") {
        arrived(plain("c")).reset();
        CHECK(gone() == lines{"c//front/5: Unspecified error"});
    }

    SECTION("with the reason the client is told") {
        const auto rude = arrived(plain("d"));
        rude->say(connect_packet{});
        CHECK(rude->read_to_the_end() == "\xE0\1\x82"s);
        CHECK(gone() == lines{"d//front/5: Protocol Error"});
    }

    SECTION("because another connection has taken its session over") {
        const auto former = arrived(with.lasting_as("e"));
        const auto now = arrived(with.lasting_as("e"));
        CHECK(former->read_to_the_end() == "\xE0\1\x8E"s);
        CHECK(gone() == lines{"e//front/5: Session taken over"});
        const auto anew = arrived(plain("e"));
        CHECK(gone() == lines{"e//front/5: Session taken over"});
    }

    SECTION("because the program wanted it so") {
        const auto first = arrived(plain("f"));
        with.broker.disconnect("f", reason_code::server_moved);
        CHECK(first->read_to_the_end() == "\xE0\1\x9D"s);
        CHECK(gone() == lines{"f//front/5: Server moved"});
        const auto second = arrived(with.lasting_as("f"));
        with.broker.terminate_session("f");
        CHECK(second->read_to_the_end() == "\xE0\1\x98"s);
        CHECK(gone() == lines{"f//front/5: Administrative action"});
        CHECK_FALSE(with.broker.session("f"));
    }
}

TEST_CASE("a session that the program ends is gone, its will with it, once", "[hooks]") {
    with_record with;
    with.broker.hooks().on_will_published = [&](std::string_view client_id, const message&) {
        with.record.add("will of " + std::string(client_id));
    };
    with.broker.hooks().on_session_terminated = [&](std::string_view client_id, session_end) {
        with.record.add("end of " + std::string(client_id));
    };
    with.broker.start();
    const properties delay =
        std::move(properties().set(prop::will_delay_interval, std::uint32_t{100}));
    connect_packet what = with.lasting_as("w");
    const bool outlives = GENERATE(true, false);
    if (!outlives) {
        what.properties = {};
    }
    what.will = will_fields{.topic = "w", .payload = "x", .properties = delay};
    talker client(with.broker);
    CHECK(client.connect(what) == 0);
    with.broker.terminate_session("w");
    client.read_to_the_end();
    CHECK_FALSE(with.broker.session("w"));
    CHECK(with.record.take() == lines{"will of w", "end of w"});
}

TEST_CASE("on_stop is called on the thread that stops the server, after everything", "[hooks]") {
    with_record with;
    const auto here = std::this_thread::get_id();
    with.broker.hooks().on_closed = [&](const closed_notice&) { with.record.add("closed"); };
    with.broker.hooks().on_stop = [&] {
        with.record.add(std::this_thread::get_id() == here ? "stopped here" : "stopped elsewhere");
    };
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect("a") == 0);
    with.broker.stop();
    CHECK(with.record.take() == lines{"closed", "stopped here"});
}

TEST_CASE(
    "an identifier that a hook assigns is as good as the client's own [MQTT-3.1.3-7]", "[hooks]"
) {
    config settings = named_listener();
    settings.workers = 4;
    server broker(settings);
    const bool later = GENERATE(false, true);
    auto assign = [names = 0](basic_auth_request& request) mutable {
        request.assigned_client_id = "assigned-" + std::to_string(names++);
        request.session_expiry_seconds = 1000;
        request.user_properties.emplace_back("known", "yes");
        return decision{};
    };
    if (later) {
        broker.hooks().on_basic_auth = [assign](basic_auth_request& request) mutable {
            return answer_later(assign(request));
        };
    } else {
        broker.hooks().on_basic_auth = assign;
    }
    broker.start();
    for (int name = 0; name < 8; ++name) {
        const std::string expected = "assigned-" + std::to_string(name);
        talker client(broker);
        client.say(connect_packet{});
        const std::string connack = client.packet();
        CHECK(properties_in(connack)[prop::assigned_client_identifier] == expected);
        CHECK(properties_in(connack)[prop::session_expiry_interval] == 1000U);
        lines pairs;
        properties_in(connack).for_each_user_property([&](user_property each) {
            pairs.push_back(std::string(each.name) + "=" + std::string(each.value));
        });
        CHECK(pairs == lines{"known=yes"});
        CHECK(broker.session(expected));
        client.ping();
    }
}

TEST_CASE("whoever uses an assigned identifier finds its session", "[hooks]") {
    config settings = named_listener();
    settings.workers = 4;
    server broker(settings);
    broker.hooks().on_basic_auth = [](basic_auth_request& request) {
        request.assigned_client_id = request.connect.username.value_or("");
        request.session_expiry_seconds = 1000;
        return decision{};
    };
    broker.start();
    for (const std::string name : {"a", "b", "c", "d", "e", "f"}) {
        connect_packet nameless;
        nameless.username = name;
        talker first(broker);
        CHECK(first.connect(nameless) == 0);
        connect_packet same;
        same.client_id = name;
        same.username = name;
        same.clean_start = false;
        talker second(broker);
        second.say(same);
        CHECK(second.packet().substr(2, 2) == "\1\0"s);  // session present
        CHECK(first.read_to_the_end() == "\xE0\1\x8E"s);
    }
}

TEST_CASE("a hook that grants what cannot be sent harms nobody but its client", "[hooks]") {
    with_record with;
    with.broker.hooks().on_basic_auth = [](basic_auth_request& request) {
        if (request.client.client_id == "unlucky") {
            request.user_properties.emplace_back("name", "not \xff text");
        }
        return decision{};
    };
    with.broker.start();
    talker unlucky(with.broker);
    CHECK(unlucky.connect("unlucky") == 0x80);
    CHECK(unlucky.read_to_the_end().empty());
    CHECK_FALSE(with.broker.session("unlucky"));
    talker lucky(with.broker);
    CHECK(lucky.connect("lucky") == 0);
}
