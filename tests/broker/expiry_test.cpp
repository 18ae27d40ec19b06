// What happens because time passes.
#include "guest.hpp"

#include <map>

using namespace lmqtt;
using namespace lmqtt::broker::test;
using broker::expiry_time;

namespace {

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("sessions end when their interval has passed [MQTT-4.1.0-2]", "[expiry]") {
    shards world;
    strings ended;
    world.listeners.session_terminated = [&](std::string_view client_id, broker::termination why) {
        CHECK(why == broker::termination::expired);
        ended.emplace_back(client_id);
    };
    const std::map<std::string, std::uint32_t> lives{
        {"short", 10}, {"long", 20}, {"ever", forever}};
    std::map<std::string, std::unique_ptr<guest>> guests;
    for (const auto& [name, seconds] : lives) {
        auto& one = guests[name] = std::make_unique<guest>(world, 0, name);
        one->connect({.expiry_seconds = seconds});
        one->leave();
    }
    guest present(world, 0, "present");
    present.connect({.expiry_seconds = 1});
    const auto ends_after = [&](std::int64_t milliseconds) {
        world.now_ms += milliseconds;
        world.at(0).expire_sessions(world.now_ms);
        return std::exchange(ended, {});
    };
    CHECK(ends_after(9'999).empty());
    CHECK(ends_after(1) == strings{"short"});
    CHECK(ends_after(10'000) == strings{"long"});
    CHECK(ends_after(1'000'000'000'000).empty());
    CHECK(world.at(0).sessions().find("ever") != nullptr);
    CHECK(world.shared.places.with([](auto& all) { return all.in_all(); }) == 2);
    CHECK(world.at(0).numbers().sessions_expired.value() == 2);
}

TEST_CASE("a message is not sent after its time, nor retained [MQTT-3.3.2-5]", "[expiry]") {
    shards world;
    strings dropped;
    world.listeners.message_dropped = [&](auto, const auto& message, auto why) {
        dropped.push_back(
            std::string(message.payload()) + " " + std::string(session::text_of(why))
        );
    };
    guest one(world, 0, "one");
    one.connect({.expiry_seconds = 100});
    one.subscribe("t");
    one.leave();
    guest publisher(world, 0, "p");
    publisher.connect();
    broker::publication what;
    what.topic = "t";
    what.payload = "brief";
    what.quality = qos1;
    what.retain = true;
    what.expires_at_ms = world.now_ms + 1000;
    publisher.publish(what, 1);
    what.topic = "other";
    what.expires_at_ms = 0;
    publisher.publish(what, 2);
    world.now_ms += 1000;
    one.connect({.clean_start = false, .expiry_seconds = 100});
    CHECK(one.payloads().empty());
    CHECK(dropped == strings{"brief message_expired"});
    world.at(0).expire_retained(world.now_ms);
    world.shared.retained.with([](const broker::retained_messages& all) {
        CHECK(all.index().find("t") == nullptr);
        CHECK(all.index().find("other") != nullptr);
    });
}

TEST_CASE("what is in flight for too long gives way when the queue is full", "[expiry]") {
    shards world;
    world.rules.outbox.maximum_messages = 1;
    world.rules.outbox.inflight_expiry = std::chrono::seconds(30);
    strings dropped;
    world.listeners.message_dropped = [&](auto, const auto& message, auto why) {
        dropped.push_back(
            std::string(message.payload()) + " " + std::string(session::text_of(why))
        );
    };
    guest one(world, 0, "one");
    one.connect();
    one.subscribe("t");
    one.publish("t", "1", qos1);
    CHECK(one.payloads() == strings{"1"});
    one.publish("t", "2", qos1);
    CHECK(one.payloads().empty());
    world.now_ms += 30'000;
    one.publish("t", "3", qos1);
    CHECK(one.payloads() == strings{"3"});
    CHECK(dropped == strings{"2 queue_full", "1 inflight_expired"});
}

TEST_CASE("a message ends with its own interval or the cap, whichever is sooner", "[expiry]") {
    CHECK(expiry_time({}, forever, 5000) == 0);
    CHECK(expiry_time(10, forever, 5000) == 15'000);
    CHECK(expiry_time({}, 20, 5000) == 25'000);
    CHECK(expiry_time(30, 20, 5000) == 25'000);
    CHECK(expiry_time(10, 20, 5000) == 15'000);
    CHECK(expiry_time(0, 20, 5000) == 5000);
}
