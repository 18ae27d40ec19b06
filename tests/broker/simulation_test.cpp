// Random histories of clients, shards and a store; see simulation.hpp.
#include "simulation.hpp"
#include "support/scratch.hpp"

#include <cstdlib>
#include <filesystem>

using namespace lmqtt::broker::test;

namespace {

constexpr int steps = 1500;
constexpr unsigned generations = 6;
constexpr int short_life = 3;  // steps, after which hardly anything was written yet

// LMQTT_SEED=17 plays one history again; without it, every run plays others.
std::vector<unsigned> seeds(std::size_t histories) {
    if (const char* const given = std::getenv("LMQTT_SEED")) {
        return {static_cast<unsigned>(std::stoul(given))};
    }
    std::vector<unsigned> all{std::random_device{}()};
    while (all.size() < histories) {
        all.push_back(all.back() + 1);
    }
    return all;
}

}  // namespace

TEST_CASE(
    "every message reaches whom it was promised to: QoS 2 once, QoS 1 at least once, in order "
    "[MQTT-4.3.2-2] [MQTT-4.3.3-2] [MQTT-4.6.0-5]",
    "[simulation]"
) {
    const unsigned shard_count = GENERATE(1U, 2U, 3U);
    const bool durable = GENERATE(false, true);
    int deliveries = 0;
    for (const unsigned each : seeds(8)) {
        CAPTURE(each, shard_count, durable);
        simulation history(each, shard_count, durable);
        for (int step = 0; step < steps; ++step) {
            history.step();
        }
        history.finish();
        deliveries += history.deliveries();
    }
    CHECK(deliveries > 0);
}

TEST_CASE(
    "what comes back after a restart is what was there, in every field, and is delivered as if "
    "nothing had happened [MQTT-3.1.2-5]",
    "[simulation]"
) {
    const unsigned shard_count = GENERATE(1U, 2U);
    const bool changes_shards = GENERATE(false, true);
    const lmqtt::test::scratch folder;  // where the store's reserve need not be made every time
    const auto path = folder.path("state.db");
    int deliveries = 0;
    for (const unsigned each : seeds(3)) {
        std::filesystem::remove(path);
        simulation history(each, shard_count, path.string());
        for (unsigned generation = 0; generation < generations; ++generation) {
            CAPTURE(each, shard_count, changes_shards, generation);
            const int life = generation % 3 == 2 ? short_life : steps / 4;
            for (int step = 0; step < life; ++step) {
                history.step();
            }
            history.restart(changes_shards ? 1 + generation % 3 : shard_count);
        }
        CAPTURE(each, shard_count, changes_shards);
        history.finish();
        deliveries += history.deliveries();
    }
    CHECK(deliveries > 0);
}
