// Deep queues: what leaves memory comes back in its place.
#include "guest.hpp"

#include <algorithm>
#include <string>
#include <variant>

using namespace lmqtt;
using namespace lmqtt::broker::test;

namespace {

using strings = std::vector<std::string>;

constexpr int published = 150;  // the first hundred of a queue stay in memory

struct deep_queue {
    shards world{1, true};
    guest publisher{world, 0, "p"};
    guest reader{world, 0, "r"};
    broker::broker& home = world.at(0);

    explicit deep_queue(std::string filter = "t") {
        home.options().cache_bytes = 0;
        publisher.connect();
        reader.connect({.expiry_seconds = 100});
        reader.subscribe({std::move(filter), {qos1}, 0});
        world.commit();
        reader.leave();
        for (int number = 1; number <= published; ++number) {
            publisher.publish("t", std::to_string(number), qos1);
        }
    }

    void page_out() {
        world.commit();
        home.page_out();
    }

    // What the store would answer, if it has all but one message.
    broker::page answer_to(const broker::page_request& asked, std::string_view lost = {}) const {
        broker::page found;
        for (const store_change& each : world.store.submitted(0)) {
            const auto* const saved = std::get_if<change::message_saved>(&each);
            if (saved == nullptr || saved->message.payload == lost) {
                continue;
            }
            const auto& ids = asked.message_ids;
            if (std::find(ids.begin(), ids.end(), saved->message.id) != ids.end()) {
                found.push_back(saved->message);
            }
        }
        return found;
    }

    // The reader takes and acknowledges everything, with what is read back.
    strings read_all(std::string_view lost = {}) {
        reader.connect({.clean_start = false, .expiry_seconds = 100});
        strings payloads;
        for (bool busy = true; busy;) {
            world.commit();
            busy = false;
            for (const auto& each : reader.read()) {
                if (each.type == packet_type::publish) {
                    payloads.push_back(each.payload);
                    reader.puback(each.packet_id);
                    busy = true;
                }
            }
            for (const auto& each : home.pages().take_requests()) {
                home.page_in(each, answer_to(each, lost), world.now_ms);
                busy = true;
            }
        }
        return payloads;
    }

    static strings numbers(int without = 0) {
        strings all;
        for (int number = 1; number <= published; ++number) {
            if (number != without) {
                all.push_back(std::to_string(number));
            }
        }
        return all;
    }
};

}  // namespace

TEST_CASE("what is deep in a queue leaves memory, not before it is stored", "[paging]") {
    deep_queue with;
    with.world.settle();
    const std::uint64_t all = with.home.pages().held_bytes();
    with.home.page_out();
    CHECK(with.home.pages().held_bytes() == all);
    with.page_out();
    CHECK(with.home.pages().held_bytes() == 0);
}

TEST_CASE("what was away comes back in its place in the queue [MQTT-4.6.0-5]", "[paging]") {
    deep_queue with;
    with.page_out();
    CHECK(with.read_all() == deep_queue::numbers());
    CHECK(with.home.numbers().paged_messages.value() == published - 100);
    CHECK(with.home.numbers().dropped() == 0);
}

TEST_CASE("what the store does not give back is dropped, and said to be", "[paging]") {
    deep_queue with;
    with.page_out();
    CHECK(with.read_all("120") == deep_queue::numbers(120));
    CHECK(with.home.numbers().dropped_unreadable.value() == 1);
}

TEST_CASE("messages of a shared subscription stay, and do not count", "[paging]") {
    deep_queue with("$share/g/t");
    with.world.settle();
    CHECK(with.home.pages().held_bytes() == 0);
    with.page_out();
    CHECK(with.read_all() == deep_queue::numbers());
    CHECK(with.home.numbers().paged_messages.value() == 0);
}

TEST_CASE("a store that does not keep what it is told gets nothing to keep alone", "[paging]") {
    deep_queue with;
    with.world.commit();
    with.world.store.be(store_state::unreliable);
    with.home.page_out();
    CHECK(with.home.pages().held_bytes() > 0);
}
