// The shards of a server and their threads. Owned by the server; start() and join() are called by
// the thread that owns it, stop() by any.
#pragma once

#include "base/clock.hpp"
#include "server/shard.hpp"

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace lmqtt::serving {

class runtime {
public:
    /// The clock must outlive the runtime.
    runtime(unsigned shards, const base::clock& clock);
    runtime(const runtime&) = delete;
    runtime& operator=(const runtime&) = delete;

    /// Stops and joins, if nobody has.
    ~runtime();

    [[nodiscard]] std::size_t size() const noexcept { return shards_.size(); }

    [[nodiscard]] shard& at(std::size_t index) noexcept { return *shards_[index]; }

    /// Starts a thread for each shard. They receive no signals: those are for the program's own
    /// threads.
    void start();

    /// Lets every shard finish its turn and return.
    void stop();

    void join();

private:
    std::vector<std::unique_ptr<shard>> shards_;
    std::vector<std::thread> threads_;
};

}  // namespace lmqtt::serving
