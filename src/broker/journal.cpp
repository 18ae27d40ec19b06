#include "broker/journal.hpp"

#include <chrono>
#include <utility>

namespace lmqtt::broker {

namespace {

constexpr std::uint64_t most_pending = std::uint64_t{64} * 1024 * 1024;
constexpr std::uint64_t longest_log = std::uint64_t{1} << 30U;
constexpr auto lazy = std::chrono::milliseconds(500);
constexpr auto longest_wait = std::chrono::seconds(1) + lazy;

}  // namespace

bool journal::behind() const {
    return store_.pending_bytes() > most_pending || store_.log_bytes() > longest_log ||
           late_shards_.load(std::memory_order_relaxed) != 0;
}

void journal::look_at_age(base::steady_time now) {
    const bool late = committed() < watched_ && now - watched_since_ > longest_wait;
    if (std::exchange(late_, late) != late) {
        late_shards_.fetch_add(late ? 1U : -1U, std::memory_order_relaxed);
    }
}

std::chrono::microseconds journal::linger() const {
    switch (urgency_) {
    case urgency::lazy:
        return lazy;
    case urgency::soon:
        return wait_.now();
    case urgency::now:
        break;
    }
    return std::chrono::microseconds::zero();
}

void journal::seal(base::steady_time now, std::function<void()> wake) {
    if (open_.changes.empty()) {
        return;
    }
    open_.number = ++sealed_;
    wait_.end_turn(now);
    open_.linger = linger();
    urgency_ = urgency::lazy;
    if (committed() >= watched_) {
        watched_ = sealed_;
        watched_since_ = now;
    }
    store_batch next;
    next.changes.reserve(std::min<std::size_t>(open_.changes.size(), 256));
    store_.submit(
        shard_,
        std::exchange(open_, std::move(next)),
        [committed = committed_, wake = std::move(wake)](ticket number) {
            committed->store(number, std::memory_order_release);
            wake();
        }
    );
}

}  // namespace lmqtt::broker
