// The store behind persistence.type = "sqlite". One thread of its own writes: while a transaction
// is on its way to the disk, what is submitted gathers, and goes with the next. Batches are kept
// until they have been committed, so that a failure costs time and nothing else.
#pragma once

#include "store/pending_changes.hpp"
#include "store/sqlite/fault_point.hpp"
#include "store/sqlite/open_state.hpp"
#include "store/sqlite/reserve_file.hpp"

#include <lmqtt/config_choices.hpp>
#include <lmqtt/store.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace SQLite {
class Exception;
}  // namespace SQLite

namespace lmqtt::persistence {

struct sqlite_options {
    std::string path;
    synchronous how = synchronous::full;
    std::chrono::milliseconds commit_interval{0};  // at least so long from one commit to the next
    std::int64_t opened_at_ms = 0;                 // the time of day, for the migrations table
    std::chrono::milliseconds flush_patience{5000};
    quarantine_notice quarantine = {};  // set: a damaged database does not keep it from opening
    std::chrono::milliseconds retry_pause{50};  // after a batch could not be written
    storage_error_policy on_error = storage_error_policy::hold;
    int pages_when_busy = 4000;  // in the log, from which on they are moved while batches wait
};

class sqlite_store final : public store {
public:
    explicit sqlite_store(sqlite_options options, fault_point faults = {});
    ~sqlite_store() override;

    bool durable() const override { return true; }

    recovered recover(recovery& into) override;
    void submit(unsigned shard, store_batch batch, committed_notice committed) override;
    void fetch(std::vector<std::uint64_t> message_ids, fetched_notice done) override;
    bool flush() override;

    store_state state() const noexcept override { return state_.load(std::memory_order_relaxed); }

    std::uint64_t pending_bytes() const noexcept override {
        return pending_bytes_.load(std::memory_order_relaxed);
    }

    std::uint64_t log_bytes() const noexcept override {
        return log_bytes_.load(std::memory_order_relaxed);
    }

    void on_state(state_notice notice) override { notice_ = std::move(notice); }

private:
    struct submitted {
        unsigned shard;
        store_batch batch;
        committed_notice committed;
        std::chrono::steady_clock::time_point due;  // when it need not wait any longer
        std::uint64_t bytes;
        std::vector<std::uint64_t> groups = {};  // it is part of
    };

    struct wanted {
        std::vector<std::uint64_t> message_ids;
        fetched_notice done;
    };

    using lock = std::unique_lock<std::mutex>;

    void run();
    void take_submitted(lock& held);
    bool must_commit(std::chrono::steady_clock::time_point now) const;
    std::chrono::steady_clock::time_point next_moment() const;
    bool commit_pending();
    bool try_to_write();
    void failed_to_write(const SQLite::Exception& why);

    bool has_given_up() const { return state() == store_state::unreliable; }

    void announce();
    bool is_blocked(const submitted& which) const;
    void answer_wanted(lock& held);
    std::optional<std::vector<stored_message>> read(const std::vector<std::uint64_t>& message_ids);
    void works_again();
    void change_state(store_state state, std::string_view why);
    void make_room();
    void checkpoint_if_due(bool idle);
    void watch_checkpoint(int code);
    void at(std::string_view moment) const;

    sqlite_options options_;
    fault_point faults_;
    reserve_file reserve_;
    std::mutex notice_mutex_;
    state_notice notice_;
    std::unique_ptr<database> db_;
    std::unique_ptr<class writer> writer_;
    std::atomic<store_state> state_{store_state::working};
    std::atomic<std::uint64_t> pending_bytes_{0};
    std::atomic<std::uint64_t> log_bytes_{0};

    std::mutex mutex_;
    std::condition_variable something_to_do_;
    std::condition_variable all_committed_;
    std::vector<submitted> inbox_;
    std::deque<wanted> wanted_;
    std::size_t uncommitted_ = 0;  // batches
    bool stopping_ = false;
    bool flushing_ = false;
    bool announcing_ = false;
    bool muted_ = false;  // flush() has given up: who wanted to hear it may be gone

    // The writing thread's own.
    pending_changes pending_;
    std::vector<submitted> merged_;  // whose changes are in pending_
    // Written, but for a group of which another shard still has a part; and what came after it from
    // the same shard, because tickets are announced in order.
    std::vector<submitted> blocked_;
    std::chrono::steady_clock::time_point last_commit_{};
    std::chrono::steady_clock::time_point next_look_for_room_{};
    int failures_ = 0;           // in a row, of the kind that time does not mend
    int pages_in_the_way_ = 0;   // of the log, that the last checkpoint could not move
    int stuck_checkpoints_ = 0;  // in a row, by no reader's fault
    std::thread thread_;
};

}  // namespace lmqtt::persistence
