#include "broker/last_words.hpp"
#include "guest.hpp"

#include <string>
#include <variant>

using namespace lmqtt;
using namespace lmqtt::broker::test;

namespace {

using strings = std::vector<std::string>;

struct with_absent_reader {
    shards world{1, true};
    guest publisher{world, 0, "p"};
    guest reader{world, 0, "r"};

    explicit with_absent_reader(std::uint32_t expiry_seconds = 100) {
        publisher.connect();
        reader.connect({.expiry_seconds = expiry_seconds});
        reader.subscribe({"t", {qos2}, 0});
        reader.subscribe({"+", {qos0}, 7});
        reader.read();
        reader.leave();
        world.commit();
    }

    // The payloads that are stored when the broker stops, and those of QoS 0 places.
    strings stored() {
        const std::size_t before = world.store.submitted(0).size();
        broker::store_queued_qos0(world.at(0), world.now_ms);
        world.commit();
        strings found;
        const auto all = world.store.submitted(0);
        for (std::size_t at = before; at < all.size(); ++at) {
            if (const auto* message = std::get_if<change::message_saved>(&all[at])) {
                found.push_back(message->message.payload);
            } else if (const auto* place = std::get_if<change::delivery_saved>(&all[at])) {
                CHECK(place->quality == qos0);
                CHECK(place->session_id == world.at(0).sessions().find("r")->stored_id);
                CHECK(place->subscription_identifiers == std::vector<std::uint32_t>{7});
                found.back() += " for r";
            }
        }
        return found;
    }
};

}  // namespace

TEST_CASE("QoS 0 messages that wait are stored at the end, in order", "[last words]") {
    with_absent_reader with;
    for (const char* const payload : {"one", "two"}) {
        with.publisher.publish("t", payload, qos0);
    }
    with.publisher.publish("t", "stored long ago", qos1, 1);
    with.world.commit();
    CHECK(with.stored() == strings{"one for r", "two for r"});
}

TEST_CASE("what is too late by then is not stored", "[last words]") {
    with_absent_reader with;
    broker::publication late;
    late.topic = "t";
    late.payload = "late";
    late.expires_at_ms = with.world.now_ms + 10;
    with.publisher.publish(late, 0);
    with.world.commit();
    with.world.now_ms += 20;
    CHECK(with.stored().empty());
}

TEST_CASE("two copies of a message in one queue are one place in the database", "[last words]") {
    with_absent_reader with;
    with.world.rules.deliver_overlapping = true;
    with.reader.connect({.clean_start = false, .expiry_seconds = 100});
    with.reader.subscribe({"t", {qos0}, 7});
    with.reader.read();
    with.reader.leave();
    with.publisher.publish("t", "twice", qos0);
    with.world.commit();
    CHECK(with.reader.home().sessions().find("r")->out.size() == 2);
    CHECK(with.stored() == strings{"twice for r"});
}

TEST_CASE("a copy above QoS 0 has that place in the database", "[last words]") {
    with_absent_reader with;
    with.reader.connect({.clean_start = false, .expiry_seconds = 100});
    with.reader.subscribe({"t", {qos0}, 7});
    with.reader.subscribe({"$share/g/t", {qos1}, 0});
    with.reader.read();
    with.reader.leave();
    with.publisher.publish("t", "twice", qos1, 1);
    with.world.commit();
    CHECK(with.reader.home().sessions().find("r")->out.size() == 2);
    CHECK(with.stored().empty());
}
