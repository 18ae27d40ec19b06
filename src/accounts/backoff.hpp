// Who has failed too often, and for how long nothing of theirs is looked at: one table for
// addresses, one for users. Times are handed in. Used by one thread at a time.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lmqtt::accounts {

struct backoff_limits {
    unsigned free_failures = 5;
    std::chrono::milliseconds first_wait{1000};  // doubles with each failure more
    std::chrono::milliseconds longest_wait{60'000};
    std::chrono::milliseconds forgotten_after{600'000};  // without a failure
    std::size_t most_keys = 65'536;                      // then who failed longest ago is forgotten
};

class backoff {
public:
    explicit backoff(const backoff_limits& limits = {})
        : limits_(limits) {}

    backoff(const backoff&) = delete;
    backoff& operator=(const backoff&) = delete;

    /// How long the key has to wait from now on; 0: not at all.
    std::chrono::milliseconds wait(std::string_view key, base::steady_time now);

    void fail(std::string_view key, base::steady_time now);

    /// Forgets its failures.
    void succeed(std::string_view key);

    std::size_t size() const { return order_.size(); }

private:
    struct record {
        std::string key;
        unsigned failures = 0;
        base::steady_time last;   // failure
        base::steady_time until;  // when it may try again
    };

    using place = std::list<record>::iterator;

    // Null if it has not failed lately.
    record* find(std::string_view key, base::steady_time now);
    void forget(place which);
    std::chrono::milliseconds wait_after(unsigned failures) const;

    backoff_limits limits_;
    std::list<record> order_;  // who failed last is first
    std::unordered_map<std::string_view, place> places_;
};

}  // namespace lmqtt::accounts
