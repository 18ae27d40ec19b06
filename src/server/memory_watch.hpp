// Watches what the process takes of its memory cap. Reading is cheap enough for every tick; shard 0
// does it.
#pragma once

#include "client/memory_stage.hpp"

#include <lmqtt/config.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace lmqtt::serving {

// Where the numbers come from; tests have files of their own.
struct memory_sources {
    std::string statm = "/proc/self/statm";
    std::string meminfo = "/proc/meminfo";
    std::string cgroup_v2 = "/sys/fs/cgroup/memory.max";
    std::string cgroup_v1 = "/sys/fs/cgroup/memory/memory.limit_in_bytes";
};

// Resident bytes of this process; 0 where nobody says.
std::uint64_t resident_bytes(const memory_sources& from);

// limits.memory as a number of bytes: "auto" is 60 % of what the machine or the cgroup has,
// whichever is less.
std::uint64_t memory_cap(const limit_options& limits, const memory_sources& from);

// 70, 85 and 95 % of the cap; a stage is left 5 % below where it was entered, so that it is not
// entered and left with every message.
client::memory_stage stage_of(std::uint64_t used, std::uint64_t cap, client::memory_stage current);

class memory_watch {
public:
    explicit memory_watch(memory_sources from = {})
        : from_(std::move(from)) {}

    void set_cap(const limit_options& limits) { cap_ = memory_cap(limits, from_); }

    // Measures, and says which stage it is. What was freed is first given back to the system, now
    // and then, before anybody is refused for it; at once if `gave_up_somebody`, before anybody
    // else is.
    client::memory_stage measure(bool gave_up_somebody = false);

    std::uint64_t used() const { return used_; }

    std::uint64_t cap() const { return cap_; }

private:
    memory_sources from_;
    std::uint64_t cap_ = 0;
    std::uint64_t used_ = 0;
    unsigned measured_ = 0;
    client::memory_stage stage_ = client::memory_stage::calm;
};

}  // namespace lmqtt::serving
