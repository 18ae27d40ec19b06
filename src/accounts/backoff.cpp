#include "accounts/backoff.hpp"

#include <algorithm>
#include <limits>

namespace lmqtt::accounts {

std::chrono::milliseconds backoff::wait_after(unsigned failures) const {
    if (failures <= limits_.free_failures) {
        return std::chrono::milliseconds(0);
    }
    std::chrono::milliseconds wait = limits_.first_wait;
    for (unsigned more = failures - limits_.free_failures - 1; more > 0; --more) {
        if (wait >= limits_.longest_wait) {
            break;
        }
        wait *= 2;
    }
    return std::min(wait, limits_.longest_wait);
}

backoff::record* backoff::find(std::string_view key, base::steady_time now) {
    const auto found = places_.find(key);
    if (found == places_.end()) {
        return nullptr;
    }
    if (now - found->second->last >= limits_.forgotten_after) {
        forget(found->second);
        return nullptr;
    }
    return &*found->second;
}

void backoff::forget(place which) {
    places_.erase(which->key);
    order_.erase(which);
}

std::chrono::milliseconds backoff::wait(std::string_view key, base::steady_time now) {
    const record* const known = find(key, now);
    if (known == nullptr || known->until <= now) {
        return std::chrono::milliseconds(0);
    }
    return std::chrono::ceil<std::chrono::milliseconds>(known->until - now);
}

void backoff::fail(std::string_view key, base::steady_time now) {
    if (find(key, now) == nullptr) {
        if (order_.size() == limits_.most_keys) {
            forget(std::prev(order_.end()));
        }
        order_.push_front({std::string(key), 0, now, now});
        places_.emplace(order_.front().key, order_.begin());
    } else {
        order_.splice(order_.begin(), order_, places_.find(key)->second);
    }
    record& failed = order_.front();
    failed.failures = std::min(failed.failures, std::numeric_limits<unsigned>::max() - 1) + 1;
    failed.last = std::max(failed.last, now);
    failed.until = std::max(failed.until, now + wait_after(failed.failures));
}

void backoff::succeed(std::string_view key) {
    if (const auto found = places_.find(key); found != places_.end()) {
        forget(found->second);
    }
}

}  // namespace lmqtt::accounts
