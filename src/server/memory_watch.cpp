#include "server/memory_watch.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <malloc.h>
#include <unistd.h>

namespace lmqtt::serving {

namespace {

using stage = client::memory_stage;

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
constexpr unsigned measures_a_trim = 8;  // two seconds: it walks the whole heap

// The first number of a file, or nothing: no file, or a word such as "max".
std::optional<std::uint64_t> number_in(const std::string& path) {
    std::ifstream file(path);
    std::uint64_t number = 0;
    if (file >> number) {
        return number;
    }
    return std::nullopt;
}

std::uint64_t machine_bytes(const std::string& meminfo) {
    std::ifstream file(meminfo);
    std::string name;
    std::uint64_t kibibytes = 0;
    if (file >> name >> kibibytes && name == "MemTotal:") {
        return kibibytes * 1024;
    }
    return no_limit;
}

struct threshold {
    stage entered;
    unsigned percent;
};

constexpr std::array thresholds{
    threshold{stage::slow_publishers, 70},
    threshold{stage::refuse_clients, 85},
    threshold{stage::refuse_messages, 95},
};

constexpr unsigned hysteresis_percent = 5;

}  // namespace

std::uint64_t resident_bytes(const memory_sources& from) {
    std::ifstream file(from.statm);
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    if (file >> all >> resident) {
        return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    }
    return 0;
}

std::uint64_t memory_cap(const limit_options& limits, const memory_sources& from) {
    if (limits.memory) {
        return limits.memory->value_or_max();
    }
    const std::uint64_t there = std::min(
        {machine_bytes(from.meminfo),
         number_in(from.cgroup_v2).value_or(no_limit),
         number_in(from.cgroup_v1).value_or(no_limit)}
    );
    return there == no_limit ? no_limit : there / 5 * 3;
}

stage stage_of(std::uint64_t used, std::uint64_t cap, stage current) {
    stage reached = stage::calm;
    for (const threshold& each : thresholds) {
        const unsigned percent = each.percent - (current >= each.entered ? hysteresis_percent : 0U);
        if (used >= cap / 100 * percent) {
            reached = each.entered;
        }
    }
    return reached;
}

stage memory_watch::measure(bool gave_up_somebody) {
    used_ = resident_bytes(from_);
    const stage reached = stage_of(used_, cap_, stage_);
    const bool is_due = reached != stage::calm && measured_++ % measures_a_trim == 0;
    if (is_due || gave_up_somebody) {
        ::malloc_trim(0);
        used_ = resident_bytes(from_);
    }
    stage_ = stage_of(used_, cap_, stage_);
    return stage_;
}

}  // namespace lmqtt::serving
