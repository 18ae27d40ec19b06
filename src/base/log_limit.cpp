#include "base/log_limit.hpp"

namespace lmqtt::base {

namespace {

constexpr std::chrono::seconds window_length{1};

}  // namespace

log_limit::verdict log_limit::ask(const cause& asked, steady_time now) {
    const auto [at, is_new] = windows_.try_emplace(asked, window{now, 0, 0});
    window& open = at->second;
    std::uint64_t suppressed_before = 0;
    if (now - open.opened >= window_length) {
        suppressed_before = open.left_out;
        // The line that reports the suppressed ones is a line too.
        open = window{now, suppressed_before == 0 ? 0U : 1U, 0};
    }
    if (!most_.allows(open.lines + 1)) {
        ++open.left_out;
        return {false, suppressed_before};
    }
    ++open.lines;
    return {true, suppressed_before};
}

std::vector<log_limit::suppressed> log_limit::overdue(steady_time now) {
    std::vector<suppressed> result;
    for (auto& [about, open] : windows_) {
        if (open.left_out != 0 && now - open.opened >= window_length) {
            result.push_back({about, open.left_out});
            open = window{now, 1, 0};
        }
    }
    return result;
}

std::vector<log_limit::suppressed> log_limit::all() {
    std::vector<suppressed> result;
    for (auto& [about, open] : windows_) {
        if (const std::uint64_t count = std::exchange(open.left_out, 0); count != 0) {
            result.push_back({about, count});
        }
    }
    return result;
}

}  // namespace lmqtt::base
