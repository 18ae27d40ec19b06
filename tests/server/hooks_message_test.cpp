// The hooks of messages and wills, one by one: what they are told, and that their word is obeyed.
#include "hook_record.hpp"
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <string>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

using lines = hook_record::lines;

std::string text_of(const message& what) {
    const auto type = property_view(what.properties)[prop::content_type];
    return what.topic + "=" + what.payload + " qos" + std::to_string(int(what.quality)) +
           (what.retain ? " retain" : "") + (type ? " " + std::string(*type) : "");
}

struct watched {
    hook_record record;
    server broker{settings()};

    static config settings() {
        config plain = quiet_config();
        plain.mqtt.session_expiry_check_interval = 10ms;
        return plain;
    }

    std::unique_ptr<talker> client(std::string_view client_id) {
        auto fresh = std::make_unique<talker>(broker);
        CHECK(fresh->connect(client_id) == 0);
        return fresh;
    }

    std::unique_ptr<talker> subscriber(std::string_view client_id, std::string_view filter) {
        auto fresh = client(client_id);
        CHECK(fresh->subscribe(filter) == 2);
        return fresh;
    }
};

connect_packet with_will(std::string_view topic) {
    connect_packet what;
    what.client_id = "w";
    what.will = will_fields{.topic = topic, .payload = "gone"};
    return what;
}

}  // namespace

TEST_CASE("on_msg_arrived sees the whole message, once", "[hooks]") {
    watched with;
    with.broker.hooks().on_msg_arrived = [&](publish_request& request) {
        with.record.add(std::string(request.client.client_id) + " " + text_of(request.what));
        return decision{};
    };
    with.broker.start();
    const auto client = with.client("p");
    publish_packet what = talker::publication("t", qos::exactly_once);
    const properties typed =
        std::move(properties().set(prop::content_type, std::string_view("text")));
    what.properties = typed;
    what.retain = true;
    client->say(what);
    what.dup = true;
    client->say(what);
    CHECK(client->packet().front() == '\x50');
    CHECK(client->packet().front() == '\x50');
    CHECK(with.record.take() == lines{"p t=x qos2 retain text"});
}

TEST_CASE("on_msg_arrived knows the topic behind an alias [MQTT-3.3.2-12]", "[hooks]") {
    watched with;
    with.broker.hooks().on_msg_arrived = [&](publish_request& request) {
        with.record.add(request.what.topic);
        return decision{};
    };
    with.broker.start();
    const auto client = with.client("p");
    publish_packet what = talker::publication("t");
    const properties aliased = std::move(properties().set(prop::topic_alias, std::uint16_t{1}));
    what.properties = aliased;
    client->say(what);
    what.topic = {};
    client->say(what);
    client->ping();
    CHECK(with.record.take() == lines{"t", "t"});
}

TEST_CASE("on_msg_arrived refuses a message [MQTT-3.4.2-1] [MQTT-3.5.2-1]", "[hooks]") {
    decision said{reason_code::not_authorized, "not here"};
    watched with;
    with.broker.hooks().on_msg_arrived = [&](publish_request&) { return said; };
    with.broker.start();
    const auto reader = with.subscriber("r", "#");
    const auto client = with.client("p");

    SECTION("and says why") {
        client->publish("t", qos::at_least_once);
        CHECK(client->packet() == "\x40\x0F\0\7\x87\x0B\x1F\0\x08not here"s);
        client->publish("t", qos::exactly_once);
        CHECK(client->packet() == "\x50\x0F\0\7\x87\x0B\x1F\0\x08not here"s);
        client->publish("t");
        client->ping();
    }

    SECTION("with a reason that a PUBACK can carry") {
        said = {reason_code::banned, {}};
        client->publish("t", qos::at_least_once);
        CHECK(client->packet() == "\x40\3\0\7\x80"s);
        client->publish("t", qos::exactly_once);
        CHECK(client->packet() == "\x50\3\0\7\x80"s);
    }

    said = {};
    client->publish("t", qos::exactly_once);  // the identifier is free
    CHECK(client->packet() == "\x50\2\0\7"s);
    CHECK(reader->packet() == "\x34\7\0\1t\0\1\0x"s);
}

TEST_CASE("a client of MQTT 3.1.1 is acknowledged what a hook refuses", "[hooks]") {
    watched with;
    with.broker.hooks().on_msg_arrived = [](publish_request& request) {
        const bool good = request.what.topic == "good";
        return decision{good ? reason_code::success : reason_code::not_authorized, {}};
    };
    with.broker.start();
    const auto reader = with.subscriber("r", "#");
    raw_client old(with.broker);
    old.say("\x10\x0D\0\4MQTT\4\2\0\0\0\1o"s);
    CHECK(old.packet() == "\x20\2\0\0"s);
    old.say("\x32\6\0\1t\0\7x"s);
    CHECK(old.packet() == "\x40\2\0\7"s);
    old.say("\x34\6\0\1t\0\7x"s);
    CHECK(old.packet() == "\x50\2\0\7"s);
    old.say("\x32\x08\0\4good\0\7"s);
    CHECK(reader->packet().substr(4, 4) == "good");
}

TEST_CASE("on_msg_arrived changes what is matched, retained and delivered", "[hooks]") {
    watched with;
    with.broker.hooks().on_msg_arrived = [](publish_request& request) {
        message& what = request.what;
        what.topic = "new/" + what.topic;
        what.payload += "!";
        what.quality = qos::at_least_once;
        what.retain = true;
        what.properties.set(prop::content_type, std::string_view("loud"));
        return decision{};
    };
    with.broker.start();
    const auto stranger = with.subscriber("s", "t");
    const auto reader = with.subscriber("r", "new/#");
    const auto client = with.client("p");
    client->publish("t");
    CHECK(reader->packet() == "\x32\x13\0\5new/t\0\1\7\x03\0\4loudx!"s);
    CHECK(text_of(with.broker.retained("new/t").value()) == "new/t=x! qos1 retain loud");
    CHECK_FALSE(with.broker.retained("t"));
    stranger->ping();
}

TEST_CASE("on_msg_arrived drops a message, which is acknowledged all the same", "[hooks]") {
    watched with;
    with.broker.hooks().on_msg_arrived = [](publish_request& request) {
        request.drop = request.what.topic == "drop";
        return decision{};
    };
    with.broker.start();
    const auto reader = with.subscriber("r", "#");
    const auto client = with.client("p");
    client->say(talker::publication("drop", qos::at_least_once));
    CHECK(client->packet() == "\x40\2\0\7"s);
    client->say(talker::publication("drop", qos::exactly_once));
    CHECK(client->packet() == "\x50\2\0\7"s);
    client->say(talker::publication("keep"));
    CHECK(reader->packet().substr(4, 4) == "keep");
}

TEST_CASE("on_msg_arrived does not see what the server and wills publish", "[hooks]") {
    watched with;
    int arrived = 0;
    with.broker.hooks().on_msg_arrived = [&](publish_request&) {
        ++arrived;
        return decision{};
    };
    with.broker.start();
    const auto reader = with.subscriber("r", "#");
    message own;
    own.topic = "own";
    with.broker.publish(own);
    CHECK(reader->packet().substr(4, 3) == "own");
    talker last(with.broker);
    CHECK(last.connect(with_will("will")) == 0);
    last.leave(reason_code::disconnect_with_will_message);
    CHECK(reader->packet().substr(4, 4) == "will");
    CHECK(arrived == 0);
}

TEST_CASE("on_publish and on_delivered see every PUBLISH, whatever its alias", "[hooks]") {
    watched with;
    const auto tell = [&](std::string_view which, const client_info& who, auto topic, auto text) {
        with.record.add(
            std::string(which) + " " + std::string(who.client_id) + " " + std::string(topic) + "=" +
            std::string(text)
        );
        return topic != "topic/hidden";
    };
    with.broker.hooks().on_publish = [=](const client_info& who, auto topic, byte_view payload) {
        return tell("publish", who, topic, payload);
    };
    with.broker.hooks().on_delivered = [=](const client_info& who, auto topic, byte_view payload) {
        tell("delivered", who, topic, payload);
    };
    with.broker.start();
    talker reader(with.broker);
    connect_packet aliasing;
    aliasing.client_id = "r";
    const properties aliases =
        std::move(properties().set(prop::topic_alias_maximum, std::uint16_t{5}));
    aliasing.properties = aliases;
    CHECK(reader.connect(aliasing) == 0);
    CHECK(reader.subscribe("#") == 2);
    reader.publish("topic/hidden");
    reader.publish("topic/shown");
    reader.publish("topic/shown");
    CHECK(reader.packet() == "\x30\x12\0\x0Btopic/shown\3\x23\0\1x"s);
    CHECK(reader.packet() == "\x30\7\0\0\3\x23\0\1x"s);
    CHECK(
        with.record.take(5) ==
        lines{
            "publish r topic/hidden=x",
            "publish r topic/shown=x",
            "delivered r topic/shown=x",
            "publish r topic/shown=x",
            "delivered r topic/shown=x"}
    );
}

TEST_CASE("on_publish and on_delivered see what is sent again [MQTT-4.4.0-1]", "[hooks]") {
    watched with;
    with.broker.hooks().on_delivered = [&](const client_info&, auto topic, byte_view) {
        with.record.add(std::string(topic));
    };
    with.broker.start();
    connect_packet lasting;
    lasting.client_id = "r";
    lasting.clean_start = false;
    const properties expiry =
        std::move(properties().set(prop::session_expiry_interval, std::uint32_t{100}));
    lasting.properties = expiry;
    {
        talker reader(with.broker);
        CHECK(reader.connect(lasting) == 0);
        CHECK(reader.subscribe("t") == 2);
        reader.publish("t", qos::at_least_once);
        CHECK(reader.packet().front() == '\x40');
        CHECK(reader.packet().front() == '\x32');
        reader.leave();
    }
    talker reader(with.broker);
    CHECK(reader.connect(lasting) == 0);
    CHECK(reader.packet().front() == '\x3A');
    CHECK(with.record.take(2) == lines{"t", "t"});
}

TEST_CASE("on_msg_dropped is told whose message was dropped, and why", "[hooks]") {
    config settings = watched::settings();
    settings.mqtt.max_queued_messages = std::size_t{1};
    settings.mqtt.queue_qos0_messages = false;
    hook_record record;
    server broker(settings);
    broker.hooks().on_msg_dropped = [&](auto client_id, auto topic, auto reason) {
        record.add(std::string(client_id) + " " + std::string(topic) + " " + std::string(reason));
    };
    broker.start();
    connect_packet lasting;
    lasting.client_id = "r";
    lasting.clean_start = false;
    properties terms;
    terms.set(prop::session_expiry_interval, std::uint32_t{100});
    terms.set(prop::maximum_packet_size, std::uint32_t{30});
    lasting.properties = terms;
    talker client(broker);
    CHECK(client.connect("p") == 0);
    const auto publish = [&](std::string_view topic, qos quality) {
        client.publish(topic, quality);
        if (quality == qos::at_least_once) {
            CHECK(client.packet().front() == '\x40');
        }
    };
    talker reader(broker);
    CHECK(reader.connect(lasting) == 0);
    CHECK(reader.subscribe("#") == 2);

    SECTION("it does not fit into a packet the client takes") {
        publish("a/very/long/topic/of/a/message", qos::at_least_once);
        CHECK(record.take(1) == lines{"r a/very/long/topic/of/a/message too_large"});
    }

    SECTION("the client refuses it") {
        publish("a", qos::exactly_once);
        CHECK(reader.packet().front() == '\x34');
        pubrec_packet no;
        no.packet_id = 1;
        no.reason = reason_code::quota_exceeded;
        reader.say(no);
        CHECK(record.take(1) == lines{"r a refused_by_client"});
    }

    SECTION("nobody is there, and it is of QoS 0") {
        reader.leave();
        publish("a", qos::at_most_once);
        CHECK(record.take(1) == lines{"r a offline_qos0"});
    }

    SECTION("the queue is full, and then the session ends") {
        reader.leave();
        publish("a", qos::at_least_once);
        publish("b", qos::at_least_once);
        CHECK(record.take(1) == lines{"r a queue_full"});
        broker.terminate_session("r");
        CHECK(record.take(1) == lines{"r b session_ended"});
    }
}

TEST_CASE("on_will_publish changes a will, or drops it", "[hooks]") {
    watched with;
    with.broker.hooks().on_will_publish = [&](std::string_view client_id, message& will) {
        with.record.add(std::string(client_id) + " " + text_of(will));
        if (will.topic == "drop") {
            return false;
        }
        will.topic += "/changed";
        will.payload += "!";
        will.quality = qos::at_least_once;
        return true;
    };
    with.broker.hooks().on_will_published = [&](std::string_view client_id, const message& will) {
        with.record.add(std::string(client_id) + " published " + text_of(will));
    };
    with.broker.start();
    const auto reader = with.subscriber("r", "#");
    for (const std::string_view topic : {"drop", "keep"}) {
        talker last(with.broker);
        CHECK(last.connect(with_will(topic)) == 0);
        last.leave(reason_code::disconnect_with_will_message);
    }
    CHECK(reader->packet() == "\x32\x16\0\x0Ckeep/changed\0\1\0gone!"s);
    CHECK(
        with.record.take() ==
        lines{"w drop=gone qos0", "w keep=gone qos0", "w published keep/changed=gone! qos1"}
    );
}

TEST_CASE("a will that is not to be published asks no hook [MQTT-3.1.2-10]", "[hooks]") {
    watched with;
    with.broker.hooks().on_will_publish = [&](std::string_view, message&) {
        with.record.add("asked");
        return true;
    };
    with.broker.start();
    talker last(with.broker);
    CHECK(last.connect(with_will("t")) == 0);
    last.leave();
    CHECK(with.record.take().empty());
}

TEST_CASE("on_will_publish opens no topic that is closed, and makes none up", "[hooks]") {
    const std::string topic =
        GENERATE("$SYS/broker/version", "a/#", "$share/g/t", "", "not \xff text");
    watched with;
    with.broker.hooks().on_will_publish = [&](std::string_view, message& will) {
        will.topic = topic;
        will.retain = true;
        return true;
    };
    with.broker.hooks().on_will_published = [&](std::string_view, const message&) {
        with.record.add("published");
    };
    with.broker.start();
    talker last(with.broker);
    CHECK(last.connect(with_will("t")) == 0);
    last.leave(reason_code::disconnect_with_will_message);
    CHECK(with.record.take().empty());
    CHECK(with.broker.retained(topic).value_or(message{}).payload != "gone");
}
