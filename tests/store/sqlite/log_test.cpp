// The write-ahead log when it cannot be moved: somebody reads, or the disk takes no more.
#include "histories.hpp"
#include "simulated_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/scratch.hpp"

#include <SQLiteCpp/Database.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using namespace lmqtt;
using persistence::sqlite_store;

namespace {

class busy_store {
public:
    explicit busy_store(const std::string& path)
        : store(
              {.path = path, .retry_pause = std::chrono::milliseconds(1), .pages_when_busy = 8},
              [this](std::string_view moment) {
                  checkpoints += moment == "before_checkpoint" ? 1 : 0;
              }
          ) {
        store.on_state([this](store_state state, std::string_view why) {
            const std::lock_guard held(mutex_);
            said_.emplace_back(state, why);
        });
        store.recover(nothing_);
    }

    // One batch, and its commit.
    void write() {
        std::promise<void> committed;
        stored_message message;
        message.id = ++last_;
        message.topic = "t/" + std::to_string(last_);
        message.payload.assign(5000, 'x');
        std::vector<store_change> changes;
        changes.emplace_back(change::retained_saved{std::move(message)});
        store.submit(0, {.number = last_, .changes = std::move(changes)}, [&](ticket) {
            committed.set_value();
        });
        committed.get_future().wait();
    }

    std::vector<std::pair<store_state, std::string>> said() const {
        const std::lock_guard held(mutex_);
        return said_;
    }

    std::atomic<int> checkpoints = 0;  // that were begun
    sqlite_store store;

private:
    test::held_state nothing_;
    mutable std::mutex mutex_;
    std::vector<std::pair<store_state, std::string>> said_;
    std::uint64_t last_ = 0;
};

}  // namespace

TEST_CASE("a long reader keeps the log from being moved, and is not disturbed", "[log]") {
    const test::scratch folder;
    busy_store busy(folder.path("state.db").string());
    for (int times = 0; times < 50; ++times) {
        busy.write();
    }
    const std::uint64_t usual = busy.store.log_bytes();
    {
        SQLite::Database reader(folder.path("state.db").string(), SQLite::OPEN_READONLY);
        reader.exec("BEGIN");
        const int seen = reader.execAndGet("SELECT count(*) FROM retained").getInt();
        const int before = busy.checkpoints;
        for (int times = 0; times < 200; ++times) {
            busy.write();
        }
        const int tried = busy.checkpoints - before;  // once for each quarter the log has grown
        CHECK(tried > 0);
        CHECK(tried < 200 / 4);
        CHECK(busy.store.log_bytes() > usual + 200 * 5000);
        CHECK(reader.execAndGet("SELECT count(*) FROM retained").getInt() == seen);
        reader.exec("COMMIT");
    }
    for (int times = 0; times < 400; ++times) {
        busy.write();
    }
    CHECK(busy.store.log_bytes() < 200 * 5000);
    CHECK(busy.said().empty());
}

TEST_CASE("a log that the disk does not let move is a failure, and no reason to stop", "[log]") {
    const test::scratch folder;
    std::atomic<bool> broken = false;
    const test::simulated_disk disk(folder.path(".").string(), [&](const auto& about) {
        const bool database = about.file == "state.db";
        return database && broken ? SQLITE_IOERR_WRITE : SQLITE_OK;
    });
    busy_store busy(folder.path("state.db").string());
    busy.write();
    broken = true;
    for (int times = 0; times < 100; ++times) {
        busy.write();
    }
    REQUIRE(busy.said().size() == 1);
    CHECK(busy.said().front().first == store_state::failing);
    CHECK(busy.said().front().second.find("its log cannot be moved") == 0);
    CHECK(busy.store.state() == store_state::failing);
    broken = false;
    for (int times = 0; times < 100; ++times) {
        busy.write();
    }
    CHECK(busy.store.state() == store_state::working);
    CHECK(busy.said().back().first == store_state::working);
}
