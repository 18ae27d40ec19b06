// What it costs to make a message durable: microseconds of one core for each, from the batch a
// shard submits to the commit, at QoS 1 with one receiver. First messages that stay in their
// queues, then messages that are removed a hundred batches later. The database is on the disk.
//
//     bench_store [messages in a batch...]        default: 10 100 1000
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/state_file.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <time.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace lmqtt;

constexpr std::uint64_t sessions = 50;
constexpr std::uint64_t payload_bytes = 64;
constexpr std::uint64_t delay_batches = 100;

class nothing_yet final : public recovery {
public:
    void session(stored_session&& /*what*/) override {}

    void will(change::will_saved&& /*what*/) override {}

    bool wants_payload(std::uint64_t, std::span<const stored_delivery>) override { return false; }

    void message(stored_message&&, bool, std::uint64_t, std::span<stored_delivery>) override {}

    void retained(stored_message&&, const std::optional<stored_author>&) override {}
};

double cpu_us() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

store_change saved(std::uint64_t id) {
    stored_message message;
    message.id = id;
    message.topic = "plant/device-" + std::to_string(id % sessions) + "/state";
    message.payload.assign(payload_bytes, 'x');
    message.publisher = "device-" + std::to_string(id % sessions);
    message.quality = qos::at_least_once;
    message.published_at_ms = 1'700'000'000'000;
    return change::message_saved{std::move(message)};
}

std::uint64_t session_of(std::uint64_t id) {
    return id % sessions + 1;
}

std::uint64_t position_of(std::uint64_t id) {
    return id / sessions;
}

std::vector<store_change> batch(std::uint64_t first, std::uint64_t size, bool with_removals) {
    std::vector<store_change> changes;
    for (std::uint64_t id = first; id < first + size; ++id) {
        changes.push_back(saved(id));
        changes.emplace_back(change::delivery_saved{
            id, session_of(id), position_of(id), qos::at_least_once, false, {}, {}});
        if (with_removals && id > size * delay_batches) {
            const std::uint64_t gone = id - size * delay_batches;
            changes.emplace_back(change::delivery_removed{gone, session_of(gone), position_of(gone)}
            );
        }
    }
    return changes;
}

double us_a_message(std::uint64_t size, bool with_removals) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("bench-store-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    double used = 0;
    const std::uint64_t batches = std::max<std::uint64_t>(200'000 / size, 300);
    {
        persistence::sqlite_store store({.path = (folder / "state.db").string()});
        nothing_yet none;
        store.recover(none);
        const double before = cpu_us();
        for (std::uint64_t number = 1; number <= batches; ++number) {
            auto changes = batch((number - 1) * size + 1, size, with_removals);
            store.submit(0, {.number = number, .changes = std::move(changes)}, [](ticket) {});
            while (store.pending_bytes() > size * 4096) {
                const timespec moment{0, 20'000};
                ::nanosleep(&moment, nullptr);
            }
        }
        if (!store.flush()) {
            std::puts("the database could not be written");
            std::exit(1);
        }
        used = cpu_us() - before;
    }
    std::filesystem::remove_all(folder);
    return used / static_cast<double>(batches * size);
}

}  // namespace

int main(int count, char** words) {
    persistence::take_uncounted_memory();
    std::vector<std::uint64_t> sizes;
    for (int at = 1; at < count; ++at) {
        sizes.push_back(std::strtoull(words[at], nullptr, 10));
    }
    if (sizes.empty()) {
        sizes = {10, 100, 1000};
    }
    std::puts("batch   us a message that stays   us a message that is removed");
    for (const std::uint64_t size : sizes) {
        double best[] = {1e18, 1e18};
        for (int round = 0; round < 3; ++round) {
            for (const bool with_removals : {false, true}) {
                best[with_removals] =
                    std::min(best[with_removals], us_a_message(size, with_removals));
            }
        }
        std::printf(
            "%5llu   %23.2f   %28.2f\n", static_cast<unsigned long long>(size), best[0], best[1]
        );
    }
}
