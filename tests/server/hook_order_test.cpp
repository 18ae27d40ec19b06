// In which order hooks are called: docs/hooks.md says so row by row, and is held to it here.
#include "hook_record.hpp"
#include "support/scratch.hpp"
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <regex>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::chrono_literals;

namespace {

using lines = hook_record::lines;

lines names_in(const std::string& cell) {
    const std::regex name("`(on_\\w+)`");
    lines names;
    for (std::sregex_iterator next(cell.begin(), cell.end(), name), end; next != end; ++next) {
        names.push_back((*next)[1]);
    }
    return names;
}

// The rows of the second table of docs/hooks.md: what happens, and the hooks in their order.
std::map<std::string, lines> documented() {
    std::ifstream stream(LMQTT_SOURCE_ROOT "/docs/hooks.md");
    const std::string page{std::istreambuf_iterator<char>(stream), {}};
    const std::string part = page.substr(page.find("## In which order"));
    const std::regex row("\n\\| ([A-Z][^|]*) \\| ([^|]*) \\|");
    std::map<std::string, lines> rows;
    for (std::sregex_iterator next(part.begin(), part.end(), row), end; next != end; ++next) {
        rows.emplace((*next)[1], names_in((*next)[2]));
    }
    return rows;
}

properties expiring(std::uint32_t seconds) {
    return std::move(properties().set(prop::session_expiry_interval, seconds));
}

struct rehearsal {
    std::map<std::string, lines> expected = documented();
    hook_record record;
    server broker{settings()};
    properties lasting = expiring(1000);
    properties will_properties;

    rehearsal() {
        record.listen_to(broker.hooks());
        broker.hooks().on_enhanced_auth = [this](auth_request& request) {
            record.add("on_enhanced_auth");
            request.go_on = true;
            return decision{};
        };
        broker.hooks().on_basic_auth = [this](basic_auth_request& request) {
            record.add("on_basic_auth");
            const bool known = request.client.client_id != "stranger";
            return decision{known ? reason_code::success : reason_code::not_authorized, {}};
        };
        broker.start();
    }

    static config settings() {
        config plain = quiet_config();
        plain.workers = 1;
        plain.mqtt.session_expiry_check_interval = 10ms;
        return plain;
    }

    // What happened since the last time is what the page says.
    void happened(const std::string& story) {
        INFO(story);
        REQUIRE(expected.count(story) == 1);
        const lines names = expected.at(story);
        expected.erase(story);
        CHECK(record.take(names.size()) == names);
    }

    connect_packet lasting_as(std::string_view client_id) const {
        connect_packet what;
        what.client_id = client_id;
        what.clean_start = false;
        what.properties = lasting;
        return what;
    }

    connect_packet with_will(std::string_view client_id, std::uint32_t delay_seconds = 0) {
        connect_packet what = lasting_as(client_id);
        will_properties = {};
        if (delay_seconds != 0) {
            will_properties.set(prop::will_delay_interval, delay_seconds);
        }
        what.will = will_fields{.topic = "will", .payload = "gone", .properties = will_properties};
        return what;
    }
};

// A client and the connections that take its session from it.
void connects_and_leaves(rehearsal& play) {
    auto first = std::make_unique<talker>(play.broker);
    CHECK(first->connect(play.lasting_as("one")) == 0);
    play.happened("A client connects, and gets a new session.");
    first->leave();
    play.happened("A client disconnects, and its session stays.");

    first = std::make_unique<talker>(play.broker);
    CHECK(first->connect(play.with_will("one")) == 0);
    play.happened("A client connects, and gets its session back.");

    auto second = std::make_unique<talker>(play.broker);
    CHECK(second->connect(play.with_will("one")) == 0);
    play.happened("Another connection takes a session over, which has a will.");
    second->leave();
    play.record.take(1);

    first = std::make_unique<talker>(play.broker);
    CHECK(first->connect("one") == 0);
    play.happened("A client connects with a clean start, and had a session.");

    second = std::make_unique<talker>(play.broker);
    CHECK(second->connect("one") == 0);
    play.happened("Another connection takes over with a clean start.");
    second->leave();
    play.happened("A client disconnects, and its session ends.");
}

void proves_who_it_is(rehearsal& play) {
    talker stranger(play.broker);
    CHECK(stranger.connect("stranger") == 0x87);
    stranger.read_to_the_end();
    play.happened("A client connects, and is refused.");

    const properties method =
        std::move(properties().set(prop::authentication_method, std::string_view("steps")));
    connect_packet hello;
    hello.properties = method;
    auth_packet step{reason_code::continue_authentication, method};
    talker secretive(play.broker);
    secretive.say(hello);
    CHECK(secretive.packet().front() == '\xF0');
    secretive.say(step);
    CHECK(secretive.packet().front() == '\x20');
    play.happened("A client connects with an Authentication Method, in two steps.");

    step.reason = reason_code::re_authenticate;
    secretive.say(step);
    CHECK(secretive.packet().front() == '\xF0');
    play.happened("A client authenticates again.");
    secretive.leave();
    play.record.take(2);
}

void talks_to_itself(rehearsal& play) {
    message kept;
    kept.topic = "self/kept";
    kept.payload = "x";
    kept.retain = true;
    play.broker.publish(kept);
    talker self(play.broker);
    CHECK(self.connect("self") == 0);
    play.record.take(4);

    subscribe_packet both;
    both.packet_id = 1;
    both.filters = {{"self/+", {qos::exactly_once}}, {"other", {}}};
    self.say(both);
    self.ping();
    play.happened("A client subscribes with two filters, and gets a retained message.");
    self.publish("self/a", qos::at_most_once);
    self.ping();
    play.happened("A client publishes with QoS 0, and receives the message itself.");
    self.publish("self/a", qos::at_least_once);
    self.ping();
    play.happened("A client publishes with QoS 1, and receives the message itself.");
    self.publish("self/a", qos::exactly_once);
    self.ping();
    play.happened("A client publishes with QoS 2, and receives the message itself.");
    self.publish("self/a", qos::exactly_once);
    self.ping();
    play.happened("A client repeats a QoS 2 PUBLISH that it has sent already.");
    unsubscribe_packet less;
    less.packet_id = 2;
    less.filters = {"other"};
    self.say(less);
    self.ping();
    play.happened("A client unsubscribes.");
    self.leave();
    play.record.take(4);  // what it never acknowledged is dropped
}

void is_lost(rehearsal& play) {
    talker heir(play.broker);
    CHECK(heir.connect("heir") == 0);
    CHECK(heir.subscribe("will") == 2);
    play.record.take(6);
    auto lost = std::make_unique<talker>(play.broker);
    CHECK(lost->connect(play.with_will("lost")) == 0);
    play.record.take(4);
    lost.reset();
    play.happened("A connection is lost; its session stays, its will is received by another client."
    );
    heir.leave();
    play.record.take(2);

    lost = std::make_unique<talker>(play.broker);
    connect_packet brief = play.with_will("brief");
    brief.properties = {};
    CHECK(lost->connect(brief) == 0);
    play.record.take(4);
    lost.reset();
    play.happened("A connection is lost, and its session ends with it; nobody receives its will.");

    lost = std::make_unique<talker>(play.broker);
    connect_packet dying = play.with_will("dying", 1000);
    const properties one_second = expiring(1);
    dying.properties = one_second;
    CHECK(lost->connect(dying) == 0);
    CHECK(lost->subscribe("dying") == 2);
    play.record.take(6);
    lost.reset();
    play.record.take(1);
    message waiting;
    waiting.topic = "dying";
    waiting.quality = qos::at_least_once;
    play.broker.publish(waiting);
    play.happened("A session expires; a message was waiting in it, and its will for its delay.");
}

}  // namespace

TEST_CASE("hooks are called in the order that docs/hooks.md promises", "[hooks]") {
    rehearsal play;
    connects_and_leaves(play);
    proves_who_it_is(play);
    talks_to_itself(play);
    is_lost(play);
    talker last(play.broker);
    CHECK(last.connect("last") == 0);
    play.record.take(4);
    play.broker.stop();
    play.happened("The server stops; a client is connected, whose session ends.");
    CHECK(play.record.take().empty());
    for (const auto& [story, names] : play.expected) {
        FAIL_CHECK("nobody has tried this: " << story);
    }
}
