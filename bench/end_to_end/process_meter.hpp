// Reads what another process has used: CPU time over all its threads, and resident memory.
// Reading costs the measured process nothing. Any thread.
#pragma once

#include <cstdint>
#include <sys/types.h>
#include <time.h>

namespace bench {

class process_meter {
public:
    // Process 0 stands for the generator itself.
    explicit process_meter(pid_t process);

    std::uint64_t cpu_ns() const;
    // Counted page by page: the cheap counter in statm lags by several pages a CPU.
    std::uint64_t resident_bytes() const;

private:
    pid_t process_;
    clockid_t clock_{};
};

std::uint64_t steady_ns();

}  // namespace bench
