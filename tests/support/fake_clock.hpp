// A clock that stands still until a test moves it. It starts at a round moment far from zero on
// both scales.
#pragma once

#include "base/clock.hpp"

#include <atomic>

namespace lmqtt::test {

class fake_clock final : public base::clock {
public:
    [[nodiscard]] base::instant now() const noexcept override {
        return start_ + std::chrono::nanoseconds(passed_.load());
    }

    template <typename Rep, typename Period>
    void advance(std::chrono::duration<Rep, Period> by) {
        passed_ += std::chrono::nanoseconds(by).count();
    }

private:
    static constexpr base::instant start_{
        base::steady_time(std::chrono::hours(1000)),
        base::wall_time(
            std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + std::chrono::hours(4)
        ),
    };
    std::atomic<std::chrono::nanoseconds::rep> passed_ = 0;
};

}  // namespace lmqtt::test
