// What durability and commit_interval make of a history: how often the disk is asked for, and when.
#include "reopened.hpp"
#include "replay.hpp"
#include "simulated_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

using namespace lmqtt;
using persistence::sqlite_store;
using persistence::synchronous;

namespace {

constexpr std::uint64_t seed = 5;
constexpr std::size_t batches = 40;

struct outcome {
    std::size_t commits = 0;
    std::size_t syncs = 0;  // of the log
    test::simulated_disk::image killed;
    std::string all;  // what must be in it
};

outcome write_history(synchronous how) {
    const test::scratch folder;
    outcome seen;
    std::atomic<std::size_t> syncs = 0;
    test::replay told(seed, batches);
    const test::simulated_disk disk(folder.path(".").string(), [&](const auto& about) {
        const bool log = about.file == "state.db-wal";
        syncs += log && about.what == test::simulated_disk::action::sync ? 1U : 0U;
        return SQLITE_OK;
    });
    sqlite_store store(
        {.path = folder.path("state.db").string(), .how = how},
        told.faults([&](std::string_view moment) {
            seen.commits += moment == "after_commit" ? 1U : 0U;
        })
    );
    test::held_state nothing;
    store.recover(nothing);
    const std::size_t before = syncs;
    told.begin(store);
    told.wait();
    seen.syncs = syncs - before;
    seen.killed = disk.killed();
    seen.all = told.all();
    return seen;
}

store_batch batch_of(ticket number) {
    stored_message message;
    message.id = number;
    message.topic = "t/" + std::to_string(number);
    std::vector<store_change> changes;
    changes.emplace_back(change::retained_saved{std::move(message)});
    return {.number = number, .changes = std::move(changes)};
}

// A store with a commit_interval; while its first batch is committed, `later` more are submitted.
// All but the first lines of run() happen on the store's thread.
class interval_run {
public:
    using clock = std::chrono::steady_clock;

    struct commit {
        clock::time_point begun;
        clock::time_point written;     // or shortly before
        std::size_t announced_before;  // batches
    };

    interval_run(std::chrono::milliseconds interval, ticket later)
        : later_(later)
        , store_(
              {.path = folder_.path("state.db").string(), .commit_interval = interval},
              [this](std::string_view moment) { follow(moment); }
          ) {
        test::held_state nothing;
        store_.recover(nothing);
    }

    const std::vector<commit>& run() {
        submit(1);
        all_announced_.get_future().wait();
        return commits_;
    }

private:
    void submit(ticket number) {
        store_.submit(0, batch_of(number), [this](ticket) {
            if (++announced_ == 1 + later_) {
                all_announced_.set_value();
            }
        });
    }

    void follow(std::string_view moment) {
        if (moment == "before_begin") {
            commits_.push_back({clock::now(), {}, announced_});
        } else if (moment == "before_commit") {
            commits_.back().written = clock::now();
        } else if (moment == "after_commit" && commits_.size() == 1) {
            for (ticket number = 2; number <= 1 + later_; ++number) {
                submit(number);
            }
        }
    }

    const ticket later_;
    test::scratch folder_;
    std::vector<commit> commits_;
    std::size_t announced_ = 0;
    std::promise<void> all_announced_;
    sqlite_store store_;
};

}  // namespace

TEST_CASE("at durability full each commit is synced", "[durability]") {
    const outcome full = write_history(synchronous::full);
    CHECK(full.commits > 10);
    CHECK(full.syncs >= full.commits);
}

TEST_CASE(
    "at durability normal no commit is, and the end of the process costs nothing", "[durability]"
) {
    const outcome normal = write_history(synchronous::normal);
    CHECK(normal.commits > 10);
    CHECK(normal.syncs < normal.commits / 4);
    CHECK(test::reopened().state_of(normal.killed) == normal.all);
}

TEST_CASE("what comes within commit_interval shares a commit, and waits for it", "[durability]") {
    constexpr auto interval = std::chrono::milliseconds(200);
    interval_run acts(interval, 10);
    const auto& commits = acts.run();
    REQUIRE(commits.size() == 2);
    CHECK(commits[1].begun - commits[0].written >= interval);
    CHECK(commits[1].announced_before == 1);
}
