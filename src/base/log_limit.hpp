// At most so many lines a second for each cause, one of them saying how many were left out before:
// whoever can provoke a line must not be able to fill a disk. Pure; the log owns one behind its
// lock, time is handed in.
#pragma once

#include "base/clock.hpp"

#include <lmqtt/limit.hpp>

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace lmqtt::base {

class log_limit {
public:
    /// A cause: where it is said and in which words. Both are literals or outlive the limit.
    struct cause {
        std::string_view room;
        std::string_view words;

        friend auto operator<=>(const cause&, const cause&) = default;
    };

    struct suppressed {
        cause about;
        std::uint64_t count = 0;
    };

    /// `lines_per_second`: of each cause.
    explicit log_limit(limit<std::uint64_t> lines_per_second)
        : most_(lines_per_second) {}

    /// From the next line on; what was left out before is still told.
    void set(limit<std::uint64_t> lines_per_second) { most_ = lines_per_second; }

    struct verdict {
        bool write = false;
        std::uint64_t suppressed_before = 0;  // not 0: say so first, written or not
    };

    /// Whether one more line of this cause may be written at `now`.
    [[nodiscard]] verdict ask(const cause& asked, steady_time now);

    /// The causes whose second is over with lines left out, which nobody has reported yet.
    [[nodiscard]] std::vector<suppressed> overdue(steady_time now);

    /// The same, without waiting for the second to be over: for the end.
    [[nodiscard]] std::vector<suppressed> all();

private:
    struct window {
        steady_time opened;
        std::uint64_t lines = 0;
        std::uint64_t left_out = 0;
    };

    limit<std::uint64_t> most_;
    std::map<cause, window> windows_;
};

}  // namespace lmqtt::base
