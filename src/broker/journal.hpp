// What one shard has changed since its last batch left for the store. Hands out the ticket an
// acknowledgement waits for. Single-threaded but for announce(), which any thread may call.
#pragma once

#include "base/clock.hpp"
#include "broker/elision_wait.hpp"

#include <lmqtt/store.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace lmqtt::broker {

class journal {
public:
    // `late_shards`: how many of all shards have changes that wait for too long.
    journal(store& where, unsigned shard, std::atomic<unsigned>& late_shards)
        : store_(where)
        , shard_(shard)
        , late_shards_(late_shards)
        , durable_(where.durable()) {}

    // Whether what must be durable can be taken on at present.
    bool has_room() const { return !durable_ || store_.state() != store_state::full; }

    // False: what is told to it is lost.
    bool keeps() const { return durable_ && store_.state() != store_state::unreliable; }

    // The store cannot keep up: whoever publishes what it has to keep must be slowed down, on all
    // shards.
    bool behind() const;

    // Once in a while, so that behind() knows.
    void look_at_age(base::steady_time now);

    // False: nothing needs to be staged, and every ticket is 0.
    bool durable() const { return durable_; }

    template <class Change>
    ticket stage(Change&& what) {
        urgency_ = urgency::now;
        return keep(std::forward<Change>(what));
    }

    // What a receiver is sent in this turn, and may have acknowledged before it need be written.
    template <class Change>
    ticket stage_briefly(Change&& what) {
        urgency_ = std::max(urgency_, urgency::soon);
        return keep(std::forward<Change>(what));
    }

    // What nobody waits for: it goes with what comes after it, or after a moment.
    template <class Change>
    ticket stage_lazily(Change&& what) {
        return keep(std::forward<Change>(what));
    }

    // How long what was staged briefly may wait.
    elision_wait& wait() { return wait_; }

    // The ticket of the next change staged, and of the last one.
    ticket next() const { return durable_ ? sealed_ + 1 : 0; }

    ticket last() const { return open_.changes.empty() ? sealed_ : sealed_ + 1; }

    // Ends the turn: what was staged leaves as one batch. `wake` is called, on any thread, when it
    // has committed.
    void seal(base::steady_time now, std::function<void()> wake);

    ticket committed() const { return committed_->load(std::memory_order_acquire); }

private:
    enum class urgency : std::uint8_t { lazy, soon, now };

    template <class Change>
    ticket keep(Change&& what) {
        if (!durable_) {
            return 0;
        }
        open_.changes.emplace_back(std::forward<Change>(what));
        return sealed_ + 1;
    }

    std::chrono::microseconds linger() const;

    store& store_;
    unsigned shard_;
    std::atomic<unsigned>& late_shards_;
    bool durable_;
    ticket sealed_ = 0;
    store_batch open_;
    urgency urgency_ = urgency::lazy;  // of what is open
    elision_wait wait_;
    ticket watched_ = 0;  // a batch that left at ...
    base::steady_time watched_since_{};
    bool late_ = false;
    // Outlives the journal in the store's notices.
    std::shared_ptr<std::atomic<ticket>> committed_ = std::make_shared<std::atomic<ticket>>(0);
};

}  // namespace lmqtt::broker
