// What is submitted lies here until a test lets it commit. Linked changes of several shards commit
// together, as in the real store. Any thread.
#pragma once

#include "support/linked_groups.hpp"

#include <lmqtt/store.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace lmqtt::test {

class held_store final : public store {
public:
    explicit held_store(bool durable = true)
        : durable_(durable) {}

    // The oldest batch of the shard commits. False: there was none, or it waits for another shard.
    bool commit(unsigned shard) {
        std::optional<held> next = take(shard);
        if (!next) {
            return false;
        }
        announce(*next);
        return true;
    }

    void commit_all() {
        while (std::optional<held> next = take(std::nullopt)) {
            announce(*next);
        }
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

    // Whom to show the changes of each batch that commits, before it is announced. Of one thread.
    void on_commit(std::function<void(const store_change&)> see) { see_ = std::move(see); }

    // Whom to show each batch that is submitted. Of one thread.
    void on_submit(std::function<void(unsigned shard, const store_batch&)> see) {
        see_submitted_ = std::move(see);
    }

    std::size_t waiting() const {
        const std::lock_guard lock(mutex_);
        return held_.size();
    }

    void be(store_state state) { state_ = state; }

    void pretend_pending(std::uint64_t bytes) { pending_bytes_ = bytes; }

    void pretend_log(std::uint64_t bytes) { log_bytes_ = bytes; }

    std::chrono::microseconds linger_of_newest() const {
        const std::lock_guard lock(mutex_);
        return held_.back().batch.linger;
    }

    bool durable() const override { return durable_; }

    recovered recover(recovery& /*into*/) override { return {}; }

    void submit(unsigned shard, store_batch batch, committed_notice committed) override {
        const std::lock_guard lock(mutex_);
        if (see_submitted_) {
            see_submitted_(shard, batch);
        }
        for (const store_change& each : batch.changes) {
            history_.emplace_back(shard, each);
            groups_.note(each);
        }
        held_.push_back({shard, std::move(batch), std::move(committed)});
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

    std::uint64_t log_bytes() const noexcept override { return log_bytes_; }

    void on_state(state_notice /*notice*/) override {}

private:
    struct held {
        unsigned shard;
        store_batch batch;
        committed_notice committed;
    };

    bool is_complete(const held& which) const {
        return std::all_of(
            which.batch.changes.begin(),
            which.batch.changes.end(),
            [&](const store_change& each) { return groups_.is_complete(linked_groups::of(each)); }
        );
    }

    // What comes from nobody's queue has been brought there by an earlier batch of another shard;
    // the real store takes batches in the order in which they are submitted.
    static bool follows_another(const held& which) {
        return std::ranges::any_of(which.batch.changes, [](const store_change& each) {
            const auto* const moved = std::get_if<change::delivery_moved>(&each);
            return moved != nullptr && moved->session_id == 0;
        });
    }

    void announce(const held& next) {
        if (see_) {
            for (const store_change& each : next.batch.changes) {
                see_(each);
                if (const std::uint64_t group = linked_groups::of(each); group != 0) {
                    show_rest_of(group);
                }
            }
        }
        next.committed(next.batch.number);
    }

    // What another shard has submitted of a group is stored in the same moment.
    void show_rest_of(std::uint64_t group) const {
        for (const held& other : held_) {
            for (const store_change& each : other.batch.changes) {
                const auto* message = std::get_if<change::message_saved>(&each);
                if (linked_groups::of(each) == group || (message && message->message.id == group)) {
                    see_(each);
                }
            }
        }
    }

    std::optional<held> take(std::optional<unsigned> shard) {
        const std::lock_guard lock(mutex_);
        std::set<unsigned> blocked;
        for (auto at = held_.begin(); at != held_.end(); ++at) {
            if ((shard && at->shard != *shard) || blocked.count(at->shard) != 0) {
                continue;
            }
            if (!is_complete(*at) || (at != held_.begin() && shard && follows_another(*at))) {
                blocked.insert(at->shard);
                continue;
            }
            held next = std::move(*at);
            held_.erase(at);
            return next;
        }
        return std::nullopt;
    }

    const bool durable_;
    std::function<void(const store_change&)> see_;
    std::function<void(unsigned shard, const store_batch&)> see_submitted_;
    mutable std::mutex mutex_;
    std::deque<held> held_;
    linked_groups groups_;
    std::vector<std::pair<unsigned, store_change>> history_;
    std::atomic<store_state> state_ = store_state::working;
    std::atomic<std::uint64_t> pending_bytes_ = 0;
    std::atomic<std::uint64_t> log_bytes_ = 0;
};

}  // namespace lmqtt::test
