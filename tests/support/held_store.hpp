// A store that keeps nothing: what is submitted lies here until a test lets it commit. Any thread.
#pragma once

#include <lmqtt/store.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace lmqtt::test {

class held_store final : public store {
public:
    explicit held_store(bool durable = true)
        : durable_(durable) {}

    // The oldest batch of the shard commits. False: there was none.
    bool commit(unsigned shard) {
        std::optional<held> next = take(shard);
        if (!next) {
            return false;
        }
        next->committed(next->batch.number);
        return true;
    }

    void commit_all() {
        while (std::optional<held> next = take(std::nullopt)) {
            next->committed(next->batch.number);
        }
    }

    // Nothing is held from now on.
    void let_pass() {
        passing_ = true;
        commit_all();
    }

    // Every change that was submitted, committed or not, in order.
    std::vector<store_change> submitted(unsigned shard) const {
        const std::lock_guard lock(mutex_);
        std::vector<store_change> all;
        for (const auto& [whose, change] : history_) {
            if (whose == shard) {
                all.push_back(change);
            }
        }
        return all;
    }

    std::size_t waiting() const {
        const std::lock_guard lock(mutex_);
        return held_.size();
    }

    void be(store_state state) { state_ = state; }

    void pretend_pending(std::uint64_t bytes) { pending_bytes_ = bytes; }

    std::chrono::microseconds linger_of_newest() const {
        const std::lock_guard lock(mutex_);
        return held_.back().batch.linger;
    }

    bool durable() const override { return durable_; }

    recovered recover(recovery& /*into*/) override { return {}; }

    void submit(unsigned shard, store_batch batch, committed_notice committed) override {
        const ticket number = batch.number;
        {
            const std::lock_guard lock(mutex_);
            for (const store_change& each : batch.changes) {
                history_.emplace_back(shard, each);
            }
            if (!passing_) {
                held_.push_back({shard, std::move(batch), std::move(committed)});
                return;
            }
        }
        committed(number);
    }

    void fetch(std::vector<std::uint64_t> /*message_ids*/, fetched_notice done) override {
        done({});
    }

    bool flush() override {
        commit_all();
        return true;
    }

    store_state state() const noexcept override { return state_; }

    std::uint64_t pending_bytes() const noexcept override { return pending_bytes_; }

    void on_state(state_notice /*notice*/) override {}

private:
    struct held {
        unsigned shard;
        store_batch batch;
        committed_notice committed;
    };

    std::optional<held> take(std::optional<unsigned> shard) {
        const std::lock_guard lock(mutex_);
        const auto found = std::find_if(held_.begin(), held_.end(), [&](const held& each) {
            return !shard || each.shard == *shard;
        });
        if (found == held_.end()) {
            return std::nullopt;
        }
        held next = std::move(*found);
        held_.erase(found);
        return next;
    }

    const bool durable_;
    mutable std::mutex mutex_;
    std::deque<held> held_;
    std::vector<std::pair<unsigned, store_change>> history_;
    std::atomic<bool> passing_ = false;
    std::atomic<store_state> state_ = store_state::working;
    std::atomic<std::uint64_t> pending_bytes_ = 0;
};

}  // namespace lmqtt::test
