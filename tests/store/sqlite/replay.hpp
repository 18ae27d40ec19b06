// A random history of three shards on its way through a store, batch after batch, and what the
// store must give back. All of it happens on the store's thread, so that a seed always means the
// same.
#pragma once

#include "histories.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace lmqtt::test {

class replay {
public:
    replay(std::uint64_t seed, std::size_t batches);

    // Called at the store's named moments, after the replay itself.
    using listener = std::function<void(std::string_view moment)>;

    persistence::fault_point faults(listener also = {});

    // Submits the first batch; the rest follow as it is announced.
    void begin(store& into);

    // Until all have been announced.
    void wait() { all_announced_.get_future().wait(); }

    // So many batches have been submitted, and so many of the first must be there by now.
    std::size_t submitted() const { return submitted_; }

    std::size_t announced() const { return announced_; }

    // What must be there after so many batches, and after all of them, as held_state::text().
    const std::string& after(std::size_t count) const { return texts_[count]; }

    const std::string& all() const { return texts_.back(); }

    // The largest number of first batches, up to `most`, that make up this state; nothing if there
    // is no such number.
    std::optional<std::size_t> batches_in(const std::string& state, std::size_t most) const;

private:
    static constexpr unsigned shards = 3;

    struct batch {
        unsigned shard;
        std::vector<store_change> changes;
        std::size_t complete;  // so many batches must be there for all of it to be there
    };

    struct open_group {
        history::linked_publish whole;
        bool publisher_comes_second;
        unsigned first_shard;
        std::size_t first;  // batch
    };

    void add_first_part();
    void add_second_part();
    void add(unsigned shard, std::vector<store_change> changes);

    unsigned any_shard() { return static_cast<unsigned>(random_() % shards); }

    void go_on();
    void submit(std::size_t count);

    std::mt19937_64 random_;
    history told_;
    std::vector<batch> batches_;
    std::vector<std::string> texts_;  // after so many batches
    std::deque<open_group> open_;
    std::array<ticket, shards> tickets_{};
    store* into_ = nullptr;
    std::atomic<std::size_t> submitted_ = 0;
    std::atomic<std::size_t> announced_ = 0;
    std::size_t notices_ = 0;
    std::promise<void> all_announced_;
};

}  // namespace lmqtt::test
