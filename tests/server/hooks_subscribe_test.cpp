// The hooks of SUBSCRIBE and UNSUBSCRIBE: what they are told, and that their word is obeyed.
#include "hook_record.hpp"
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::string_literals;

namespace {

using lines = hook_record::lines;

std::string text_of(const subscription& what) {
    const auto& options = what.options;
    return what.topic_filter + " qos" + std::to_string(int(options.maximum_qos)) +
           (options.no_local ? " no-local" : "") +
           (options.retain_as_published ? " as-published" : "") + " handling" +
           std::to_string(options.retain_handling) + " id" +
           std::to_string(what.subscription_identifier);
}

struct watched {
    hook_record record;
    server broker{quiet_config()};

    watched() {
        broker.hooks().on_subscribed = [this](const client_info& who, const subscription& what) {
            record.add(std::string(who.client_id) + " has " + text_of(what));
        };
        broker.hooks().on_unsubscribed = [this](const client_info& who, std::string_view filter) {
            record.add(std::string(who.client_id) + " had " + std::string(filter));
        };
    }
};

std::string suback_of(talker& client, const subscribe_packet& what) {
    client.say(what);
    return client.packet();
}

subscribe_packet three_filters() {
    subscribe_packet what;
    what.packet_id = 9;
    what.filters = {
        {"a/+", {qos::exactly_once, true, true, 2}},
        {"$share/g/b", {qos::at_least_once}},
        {"c", {}},
    };
    return what;
}

}  // namespace

TEST_CASE("on_subscribe sees every filter with its options, once a packet", "[hooks]") {
    watched with;
    with.broker.hooks().on_subscribe = [&](subscribe_request& request) {
        with.record.add(std::string(request.client.client_id) + " asks");
        for (const auto& each : request.filters) {
            with.record.add(text_of(each.what));
        }
        return decision{};
    };
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect("s") == 0);
    subscribe_packet what = three_filters();
    const properties numbered =
        std::move(properties().set(prop::subscription_identifier, std::uint32_t{5}));
    what.properties = numbered;
    CHECK(suback_of(client, what) == "\x90\6\0\x09\0\2\1\0"s);
    const lines asked{
        "a/+ qos2 no-local as-published handling2 id5",
        "$share/g/b qos1 handling0 id5",
        "c qos0 handling0 id5",
    };
    lines expected{"s asks"};
    expected.insert(expected.end(), asked.begin(), asked.end());
    for (const auto& each : asked) {
        expected.push_back("s has " + each);
    }
    CHECK(with.record.take() == expected);
}

TEST_CASE("on_subscribe refuses single filters, or all [MQTT-3.8.4-6]", "[hooks]") {
    watched with;
    const bool all = GENERATE(false, true);
    with.broker.hooks().on_subscribe = [&](subscribe_request& request) -> decision {
        if (all) {
            return {reason_code::quota_exceeded, "enough"};
        }
        request.filters.at(1).verdict.reason = reason_code::not_authorized;
        return {reason_code::success, "not that one"};
    };
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect("s") == 0);
    const std::string suback = suback_of(client, three_filters());
    CHECK(suback.substr(suback.size() - 3) == (all ? "\x97\x97\x97"s : "\2\x87\0"s));
    CHECK(
        property_view(byte_view(suback).substr(5, suback.size() - 8))[prop::reason_string] ==
        (all ? "enough" : "not that one")
    );
    CHECK(with.broker.session("s")->subscriptions.size() == (all ? 0 : 2));
    CHECK(with.record.take().size() == (all ? 0 : 2));
    client.ping();  // it is still welcome
}

TEST_CASE("a client of MQTT 3.1.1 is told 0x80 of any refusal", "[hooks]") {
    watched with;
    with.broker.hooks().on_subscribe = [&](subscribe_request& request) {
        request.filters.at(0).verdict.reason = reason_code::not_authorized;
        return decision{};
    };
    with.broker.start();
    raw_client old(with.broker);
    old.say("\x10\x0D\0\4MQTT\4\2\0\0\0\1o"s);
    CHECK(old.packet() == "\x20\2\0\0"s);
    old.say("\x82\x0A\0\1\0\1a\1\0\1b\1"s);
    CHECK(old.packet() == "\x90\4\0\1\x80\1"s);
}

TEST_CASE("on_subscribe changes what is subscribed", "[hooks]") {
    watched with;
    with.broker.hooks().on_subscribe = [](subscribe_request& request) {
        request.filters.at(0).what.options.maximum_qos = qos::at_most_once;
        request.filters.at(0).what.subscription_identifier = 3;
        return decision{};
    };
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect("s") == 0);
    CHECK(client.subscribe("t", qos::exactly_once) == 0);
    CHECK(with.record.take() == lines{"s has t qos0 handling0 id3"});
    client.publish("t", qos::at_least_once);
    CHECK(client.packet() == "\x40\2\0\7"s);
    CHECK(client.packet() == "\x30\7\0\1t\2\x0B\3x"s);
}

TEST_CASE("no hook makes the broker grant what it does not offer [MQTT-3.2.2-10]", "[hooks]") {
    config settings = quiet_config();
    settings.mqtt.maximum_qos = qos::at_least_once;
    server broker(settings);
    broker.hooks().on_subscribe = [](subscribe_request& request) {
        request.filters.at(0).what.options.maximum_qos = qos::exactly_once;
        return decision{};
    };
    broker.start();
    talker client(broker);
    CHECK(client.connect("s") == 0);
    CHECK(client.subscribe("t", qos::at_most_once) == 1);
}

TEST_CASE(
    "a hook that loses filters, or makes some up, has refused them all [MQTT-3.8.4-6] "
    "[MQTT-3.10.4-6]",
    "[hooks]"
) {
    watched with;
    const std::size_t kept = GENERATE(std::size_t{0}, std::size_t{2}, std::size_t{4});
    with.broker.hooks().on_subscribe = [&](subscribe_request& request) {
        request.filters.resize(kept, request.filters.front());
        return decision{};
    };
    with.broker.hooks().on_unsubscribe = [&](unsubscribe_request& request) {
        request.filters.resize(kept, request.filters.front());
        return decision{};
    };
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect("s") == 0);
    CHECK(suback_of(client, three_filters()) == "\x90\6\0\x09\0\x80\x80\x80"s);
    unsubscribe_packet less;
    less.packet_id = 3;
    less.filters = {"a", "b", "c"};
    client.say(less);
    CHECK(client.packet() == "\xB0\6\0\3\0\x80\x80\x80"s);
    CHECK(with.record.take().empty());
}

TEST_CASE("on_subscribed comes before the retained messages and the SUBACK", "[hooks]") {
    watched with;
    with.broker.hooks().on_publish = [&](const client_info&, std::string_view topic, byte_view) {
        with.record.add("publish " + std::string(topic));
        return true;
    };
    with.broker.start();
    message kept;
    kept.topic = "t";
    kept.payload = "x";
    kept.retain = true;
    with.broker.publish(kept);
    talker client(with.broker);
    CHECK(client.connect("s") == 0);
    CHECK(client.subscribe("t") == 2);
    CHECK(with.record.take(1) == lines{"s has t qos2 handling0 id0"});
    CHECK(client.packet().front() == '\x31');
    CHECK(with.record.take() == lines{"publish t"});
}

TEST_CASE("on_unsubscribe sees every filter, refuses and changes some", "[hooks]") {
    watched with;
    with.broker.hooks().on_unsubscribe = [&](unsubscribe_request& request) -> decision {
        for (const auto& each : request.filters) {
            with.record.add(std::string(request.client.client_id) + " leaves " + each.topic_filter);
        }
        request.filters.at(0).verdict.reason = reason_code::not_authorized;
        request.filters.at(1).topic_filter = "c";
        return {reason_code::success, "as you like"};
    };
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect("s") == 0);
    suback_of(client, three_filters());
    with.record.take();
    unsubscribe_packet what;
    what.packet_id = 3;
    what.filters = {"a/+", "x", "never"};
    client.say(what);
    const std::string unsuback = client.packet();
    CHECK(unsuback.substr(unsuback.size() - 3) == "\x87\0\x11"s);
    CHECK(with.record.take() == lines{"s leaves a/+", "s leaves x", "s leaves never", "s had c"});
    CHECK(with.broker.session("s")->subscriptions.size() == 2);
}

TEST_CASE("on_unsubscribe refuses a whole UNSUBSCRIBE", "[hooks]") {
    watched with;
    with.broker.hooks().on_unsubscribe = [](unsubscribe_request&) {
        return decision{reason_code::implementation_specific_error, {}};
    };
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect("s") == 0);
    CHECK(client.subscribe("a") == 2);
    with.record.take();
    unsubscribe_packet what;
    what.packet_id = 3;
    what.filters = {"a", "b"};
    client.say(what);
    CHECK(client.packet() == "\xB0\5\0\3\0\x83\x83"s);
    CHECK(with.record.take().empty());
    CHECK(with.broker.session("s")->subscriptions.size() == 1);
}

TEST_CASE("what the program subscribes for a client asks no hook", "[hooks]") {
    watched with;
    int asked = 0;
    with.broker.hooks().on_subscribe = [&](subscribe_request&) {
        ++asked;
        return decision{reason_code::not_authorized, {}};
    };
    with.broker.start();
    talker client(with.broker);
    CHECK(client.connect("s") == 0);
    with.broker.subscribe("s", {"t", {}, 0});
    CHECK(with.broker.session("s")->subscriptions.size() == 1);
    with.broker.unsubscribe("s", "t");
    CHECK(with.broker.session("s")->subscriptions.empty());
    CHECK(asked == 0);
    CHECK(with.record.take().empty());
}
