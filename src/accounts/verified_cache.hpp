// Passwords that were checked lately, so that ten thousand clients that come back at once do not
// cost ten thousand expensive hashes. It holds no password, but an HMAC under a key that this
// process has made up, over the user, the stored hash and the password: with the stored hash, what
// was remembered of it is dropped. Times are handed in. Used by one thread at a time.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lmqtt::accounts {

struct checked_password {
    std::string_view user;
    std::string_view stored_hash;
    std::string_view password;
};

struct verified_cache_limits {
    std::chrono::milliseconds lifetime{600'000};  // from the check, however often it is asked for
    std::size_t most_entries = 20'000;            // then what was remembered first is forgotten
};

class verified_cache {
public:
    explicit verified_cache(const verified_cache_limits& limits = {});
    verified_cache(const verified_cache&) = delete;
    verified_cache& operator=(const verified_cache&) = delete;

    /// The name under which it is remembered.
    std::string fingerprint(const checked_password& which) const;

    bool has(const std::string& fingerprint, base::steady_time now) const;
    void remember(const std::string& fingerprint, base::steady_time now);

    std::size_t size() const { return order_.size(); }

private:
    struct entry {
        std::string fingerprint;
        base::steady_time until;
    };

    using place = std::list<entry>::iterator;

    void drop_old(base::steady_time now);

    const verified_cache_limits limits_;
    const std::string key_;
    std::list<entry> order_;  // what was remembered last is last
    std::unordered_map<std::string_view, place> places_;
};

}  // namespace lmqtt::accounts
