// What time it is, as a value that is handed in. Rooms below `client` never ask: they are told an
// instant, so that tests and simulations own the time. A clock may be asked by any thread and
// outlives all who hold it.
#pragma once

#include <chrono>
#include <cstdint>

namespace lmqtt::base {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::system_clock::time_point;

/// Milliseconds since 1970-01-01 UTC: how times are stored.
constexpr std::int64_t milliseconds_of(wall_time at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

/// One moment on both scales: steady for intervals and deadlines, wall for what must survive a
/// restart.
struct instant {
    steady_time steady;
    wall_time wall;

    /// The same moment seen from later (or, if negative, earlier) on both scales.
    template <typename Rep, typename Period>
    friend constexpr instant operator+(instant at, std::chrono::duration<Rep, Period> by) {
        return {
            at.steady + std::chrono::duration_cast<steady_time::duration>(by),
            at.wall + std::chrono::duration_cast<wall_time::duration>(by)};
    }

    friend constexpr bool operator==(const instant&, const instant&) = default;
};

class clock {
public:
    clock() = default;
    clock(const clock&) = delete;
    clock& operator=(const clock&) = delete;
    virtual ~clock() = default;

    [[nodiscard]] virtual instant now() const noexcept = 0;
};

/// The clocks of the operating system.
class real_clock final : public clock {
public:
    [[nodiscard]] instant now() const noexcept override;
};

}  // namespace lmqtt::base
