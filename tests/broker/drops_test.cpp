// A drop is counted, stored with its session and told, whatever its reason.
#include "guest.hpp"

#include <string>
#include <variant>

using namespace lmqtt;
using namespace lmqtt::broker::test;

namespace {

using strings = std::vector<std::string>;

struct small_queue {
    shards world{1, true};
    guest publisher{world, 0, "p"};
    guest reader{world, 0, "r"};
    strings told;

    small_queue() {
        world.rules.outbox.maximum_messages = 1;
        world.listeners.message_dropped =
            [this](std::string_view client, const mqtt::routed_message& what, auto why) {
                told.push_back(
                    std::string(client) + " " + std::string(what.payload()) + " " +
                    std::string(session::text_of(why))
                );
            };
        publisher.connect();
        reader.connect({.expiry_seconds = 100});
        reader.subscribe({"t", {qos1}, 0});
        world.commit();
        reader.leave();
    }

    // Of the drops the store was told of: their reasons.
    strings stored() {
        world.commit();
        strings reasons;
        for (const store_change& each : world.store.submitted(0)) {
            if (const auto* const drops = std::get_if<change::drops_counted>(&each)) {
                CHECK(drops->count == 1);
                CHECK(drops->session_id == world.at(0).sessions().find("r")->stored_id);
                reasons.push_back(drops->reason);
            }
        }
        return reasons;
    }

    std::size_t removals() const {
        std::size_t found = 0;
        for (const store_change& each : world.store.submitted(0)) {
            found += std::holds_alternative<change::delivery_removed>(each) ? 1U : 0U;
        }
        return found;
    }
};

}  // namespace

TEST_CASE("a queue that is full drops, which is counted, stored and told", "[drops]") {
    small_queue with;
    with.publisher.publish("t", "one", qos1);
    with.publisher.publish("t", "two", qos1);
    CHECK(with.stored() == strings{"queue_full"});
    CHECK(with.removals() == 1);
    CHECK(with.told == strings{"r one queue_full"});
    CHECK(with.world.at(0).numbers().dropped_queue_full.value() == 1);
}

TEST_CASE("a message that waits for too long is dropped, counted, stored and told", "[drops]") {
    small_queue with;
    broker::publication late;
    late.topic = "t";
    late.payload = "late";
    late.quality = qos1;
    late.expires_at_ms = with.world.now_ms + 10;
    with.publisher.publish(late, 1);
    with.world.commit();
    with.world.now_ms += 20;
    with.reader.connect({.clean_start = false, .expiry_seconds = 100});
    CHECK(with.stored() == strings{"message_expired"});
    CHECK(with.reader.payloads().empty());
    CHECK(with.told == strings{"r late message_expired"});
    CHECK(with.world.at(0).numbers().dropped_message_expired.value() == 1);
}

TEST_CASE("QoS 0 for nobody is counted and told, and costs the store nothing", "[drops]") {
    small_queue with;
    with.world.rules.queue_qos0 = false;
    with.reader.connect({.clean_start = false, .expiry_seconds = 100});
    with.reader.leave();
    with.publisher.publish("t", "gone", qos0);
    CHECK(with.stored().empty());
    CHECK(with.told == strings{"r gone offline_qos0"});
    CHECK(with.world.at(0).numbers().dropped_offline_qos0.value() == 1);
}
