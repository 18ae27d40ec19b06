// Disks that fail: at every single write and every single sync of one history, once or until they
// are healed; full disks; slow ones.
#include "reopened.hpp"
#include "replay.hpp"
#include "simulated_disk.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <future>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace lmqtt;
using persistence::sqlite_store;
using action = test::simulated_disk::action;

namespace {

constexpr std::uint64_t seed = 3;
constexpr std::size_t batches = 16;
constexpr int pages_until_checkpoint = 16;
constexpr std::uintmax_t reserve_bytes = 8 * 1024 * 1024;

struct fault {
    action where;  // a truncation counts as a write
    int code;      // SQLITE_OK: none
    std::size_t first;
    bool lasts = false;
};

// The same history each time, on a disk with that fault.
class run {
public:
    explicit run(fault what)
        : fault_(what)
        , disk_(folder_.path(".").string(), [this](const auto& about) { return answer(about); })
        , store_(
              {.path = path(),
               .retry_pause = std::chrono::milliseconds(1),
               .pages_when_busy = pages_until_checkpoint},
              told_.faults([this](std::string_view moment) { follow(moment); })
          ) {
        store_.on_state([this](store_state state, std::string_view) { hear(state); });
        store_.recover(nothing_);
        armed_ = true;
        told_.begin(store_);
    }

    // Once the store has said that it cannot go on.
    void heal() {
        unwell_.get_future().wait();
        healed_ = true;
    }

    void finish() {
        told_.wait();
        flushed_ = store_.flush();
        last_state_ = store_.state();
        reserve_at_the_end_ = reserve();
        armed_ = false;
    }

    // All of it is true after finish(), whatever the fault was.
    void check() {
        CHECK(flushed_);
        CHECK(last_state_ == store_state::working);
        CHECK(reserve_at_the_end_ == reserve_bytes);
        const test::reopened another;
        for (const auto& [found, announced] : images_) {
            const auto there = told_.batches_in(another.state_of(found), told_.submitted());
            REQUIRE(there.has_value());
            CHECK(*there >= announced);
        }
        CHECK(another.state_of(disk_.cut(random_)) == told_.all());
        CHECK(another.state_of(disk_.killed()) == told_.all());
    }

    // Of the operations that may fail.
    std::size_t operations() const { return seen_; }

    std::size_t operations_until_last_commit() const { return seen_at_commit_; }

    bool hit_a_checkpoint() const { return hit_a_checkpoint_; }

    const std::vector<store_state>& states() const { return states_; }

    bool reserve_was_given_up() const { return reserve_given_up_; }

private:
    std::string path() const { return folder_.path("state.db").string(); }

    std::uintmax_t reserve() const {
        std::error_code none;
        const auto size = std::filesystem::file_size(path() + ".reserve", none);
        return none ? 0 : size;
    }

    int answer(const test::simulated_disk::operation& about) {
        const action kind = about.what == action::truncate ? action::write : about.what;
        if (!armed_ || kind != fault_.where) {
            return SQLITE_OK;
        }
        ++seen_;
        const bool now = fault_.lasts ? seen_ >= fault_.first : seen_ == fault_.first;
        if (!now || healed_ || fault_.code == SQLITE_OK) {
            return SQLITE_OK;
        }
        hit_a_checkpoint_ = hit_a_checkpoint_ || checkpoint_;
        if (images_.size() < 4) {
            images_.emplace_back(disk_.cut(random_), told_.announced());
            images_.emplace_back(disk_.killed(), told_.announced());
        }
        return fault_.code;
    }

    void follow(std::string_view moment) {
        if (moment == "before_checkpoint" || moment == "after_checkpoint") {
            checkpoint_ = moment == "before_checkpoint";
        }
        if (moment == "after_commit") {
            seen_at_commit_ = seen_;
        }
    }

    void hear(store_state state) {
        states_.push_back(state);
        if (state == store_state::full) {
            reserve_given_up_ = reserve() == 0;
        }
        if (states_.size() == 1) {
            unwell_.set_value();
        }
    }

    fault fault_;
    test::scratch folder_;
    std::mt19937_64 random_{seed};
    test::replay told_{seed, batches};
    std::atomic<bool> armed_ = false;
    std::atomic<bool> healed_ = false;
    std::promise<void> unwell_;
    std::vector<store_state> states_;
    std::vector<std::pair<test::simulated_disk::image, std::size_t>> images_;
    std::size_t seen_ = 0;
    std::size_t seen_at_commit_ = 0;
    bool checkpoint_ = false;
    bool hit_a_checkpoint_ = false;
    bool reserve_given_up_ = false;
    bool flushed_ = false;
    store_state last_state_{};
    std::uintmax_t reserve_at_the_end_ = 0;
    test::simulated_disk disk_;
    test::held_state nothing_;
    sqlite_store store_;
};

struct lengths {
    std::size_t all;
    std::size_t until_last_commit;
};

lengths lengths_of(action where) {
    run sound({where, SQLITE_OK, 0});
    sound.finish();
    sound.check();
    return {sound.operations(), sound.operations_until_last_commit()};
}

using states = std::vector<store_state>;

void fail_once_at_each(action where, int code, store_state expected) {
    const lengths length = lengths_of(where);
    std::size_t in_checkpoints = 0;
    for (std::size_t each = 1; each <= length.all; ++each) {
        CAPTURE(each);
        run once({where, code, each});
        once.finish();
        once.check();
        in_checkpoints += once.hit_a_checkpoint() ? 1U : 0U;
        // A checkpoint that fails is made up for by the next one.
        const states said =
            once.hit_a_checkpoint() ? states{} : states{expected, store_state::working};
        CHECK(once.states() == said);
        CHECK(
            once.reserve_was_given_up() == (said == states{store_state::full, store_state::working})
        );
    }
    CHECK(length.all > 10);
    CHECK(in_checkpoints > 0);
    CHECK(in_checkpoints < length.all);
}

void fail_for_ever_from_each(action where, int code, store_state expected) {
    const lengths length = lengths_of(where);
    for (std::size_t each = 1; each <= length.until_last_commit; ++each) {
        CAPTURE(each);
        run lasting({where, code, each, true});
        lasting.heal();
        lasting.finish();
        lasting.check();
        CHECK(lasting.states() == states{expected, store_state::working});
        CHECK(lasting.reserve_was_given_up() == (expected == store_state::full));
    }
}

// What is left of the history if its process is killed at the end.
test::simulated_disk::image killed() {
    const test::scratch folder;
    test::replay told(seed, batches);
    const test::simulated_disk disk(folder.path(".").string());
    sqlite_store store({.path = folder.path("state.db").string()}, told.faults());
    test::held_state nothing;
    store.recover(nothing);
    told.begin(store);
    told.wait();
    return disk.killed();
}

// Empty: it can be opened.
std::string failure_to_open(const std::string& path) {
    sqlite_store store({.path = path});
    test::held_state found;
    try {
        store.recover(found);
    } catch (const std::runtime_error& failure) {
        return failure.what();
    }
    return {};
}

}  // namespace

TEST_CASE("one write that fails costs time and nothing else", "[faults][errors]") {
    fail_once_at_each(action::write, SQLITE_IOERR_WRITE, store_state::failing);
}

TEST_CASE("one sync that fails costs time and nothing else", "[faults][errors]") {
    fail_once_at_each(action::sync, SQLITE_IOERR_FSYNC, store_state::failing);
}

TEST_CASE("a disk that fails to write comes back, with all of it", "[faults][errors]") {
    fail_for_ever_from_each(action::write, SQLITE_IOERR_WRITE, store_state::failing);
}

TEST_CASE("a disk that fails to sync comes back, with all of it", "[faults][errors]") {
    fail_for_ever_from_each(action::sync, SQLITE_IOERR_FSYNC, store_state::failing);
}

TEST_CASE("a full disk takes the reserve, and gives it back", "[faults][errors]") {
    fail_once_at_each(action::write, SQLITE_FULL, store_state::full);
}

TEST_CASE("a disk that stays full for a while, too", "[faults][errors]") {
    fail_for_ever_from_each(action::write, SQLITE_FULL, store_state::full);
}

TEST_CASE(
    "a store that cannot be opened says so in a line, and opens the next time", "[faults][errors]"
) {
    const bool is_new = GENERATE(true, false);
    const test::reopened another;
    const test::simulated_disk::image before = is_new ? test::simulated_disk::image{} : killed();
    const std::string held = is_new ? test::held_state{}.text() : another.state_of(before);
    std::size_t each = 0;
    for (bool was_hit = true; was_hit;) {
        ++each;
        CAPTURE(is_new, each);
        const test::scratch folder;
        test::restore(before, folder.path(".").string());
        std::size_t seen = 0;
        const test::simulated_disk disk(folder.path(".").string(), [&](const auto&) {
            return ++seen == each ? SQLITE_IOERR : SQLITE_OK;
        });
        const std::string path = folder.path("state.db").string();
        const std::string said = failure_to_open(path);
        CHECK((said.empty() || test::contains(said, path)));
        CHECK_FALSE(test::contains(said, "\n"));
        CHECK(another.state_of(disk.killed()) == held);
        was_hit = seen >= each;
    }
    CHECK(each > 5);
}

TEST_CASE("submit() returns while the disk is still syncing", "[faults][errors]") {
    const test::scratch folder;
    std::atomic<bool> armed = false;
    std::promise<void> syncing;
    std::promise<void> synced;
    const test::simulated_disk disk(folder.path(".").string(), [&](const auto& about) {
        if (about.what == action::sync && armed.exchange(false)) {
            syncing.set_value();
            synced.get_future().wait();
        }
        return SQLITE_OK;
    });
    std::atomic<int> announced = 0;
    test::history told(seed);
    sqlite_store store({.path = folder.path("state.db").string()});
    test::held_state nothing;
    store.recover(nothing);
    std::vector<store_change> first;
    while (first.empty()) {
        first = told.turn();
    }
    armed = true;
    store.submit(0, {.number = 1, .changes = std::move(first)}, [&](ticket) { ++announced; });
    syncing.get_future().wait();
    for (ticket number = 2; number <= 50; ++number) {
        store.submit(0, {.number = number, .changes = told.turn()}, [&](ticket) { ++announced; });
    }
    CHECK(announced == 0);
    CHECK(store.pending_bytes() > 0);
    synced.set_value();
    CHECK(store.flush());
    CHECK(announced == 50);
    CHECK(store.pending_bytes() == 0);
}
