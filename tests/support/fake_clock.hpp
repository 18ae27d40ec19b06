// A clock that stands still until a test moves it. It starts at a round moment far from zero on
// both scales.
#pragma once

#include "base/clock.hpp"

namespace lmqtt::test {

class fake_clock final : public base::clock {
public:
    [[nodiscard]] base::instant now() const noexcept override { return now_; }

    template <typename Rep, typename Period>
    void advance(std::chrono::duration<Rep, Period> by) {
        now_ = now_ + by;
    }

private:
    base::instant now_{
        base::steady_time(std::chrono::hours(1000)),
        base::wall_time(
            std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + std::chrono::hours(4)
        ),
    };
};

}  // namespace lmqtt::test
