#include "end_to_end/process_meter.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>

namespace bench {

namespace {

std::uint64_t read_clock(clockid_t clock) {
    timespec now{};
    if (clock_gettime(clock, &now) != 0) {
        throw std::system_error(errno, std::generic_category(), "the broker's CPU clock is gone");
    }
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

process_meter::process_meter(pid_t process)
    : process_(process == 0 ? getpid() : process) {
    const int error = clock_getcpuclockid(process_, &clock_);
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), "no CPU clock for the process");
    }
}

std::uint64_t process_meter::cpu_ns() const {
    return read_clock(clock_);
}

std::uint64_t process_meter::resident_bytes() const {
    std::ifstream lines("/proc/" + std::to_string(process_) + "/smaps_rollup");
    std::string word;
    while (lines >> word) {
        if (word == "Rss:") {
            std::uint64_t kibibytes = 0;
            lines >> kibibytes;
            return kibibytes * 1024;
        }
    }
    throw std::runtime_error("the process's resident memory is not readable");
}

std::uint64_t steady_ns() {
    return read_clock(CLOCK_MONOTONIC);
}

}  // namespace bench
