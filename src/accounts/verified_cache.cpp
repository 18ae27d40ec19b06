#include "accounts/verified_cache.hpp"

#include "accounts/crypto.hpp"

#include <cstdint>

namespace lmqtt::accounts {

namespace {

constexpr std::size_t key_bytes = 32;

// With its length before it, so that no two lists of parts make the same text.
void append(std::string& text, std::string_view part) {
    std::uint64_t size = part.size();
    for (int byte = 0; byte < 8; ++byte) {
        text += static_cast<char>(size & 0xff);
        size >>= 8;
    }
    text += part;
}

}  // namespace

verified_cache::verified_cache(const verified_cache_limits& limits)
    : limits_(limits)
    , key_(random_bytes(key_bytes)) {}

std::string verified_cache::fingerprint(const checked_password& which) const {
    wiped input("");
    input.text.reserve(24 + which.user.size() + which.stored_hash.size() + which.password.size());
    append(input.text, which.user);
    append(input.text, which.stored_hash);
    append(input.text, which.password);
    return hmac_sha256(key_, input.text);
}

bool verified_cache::has(const std::string& fingerprint, base::steady_time now) const {
    const auto found = places_.find(fingerprint);
    return found != places_.end() && now < found->second->until;
}

// All live equally long, so those that end first are first.
void verified_cache::drop_old(base::steady_time now) {
    while (!order_.empty() && (order_.front().until <= now || order_.size() >= limits_.most_entries)
    ) {
        places_.erase(order_.front().fingerprint);
        order_.pop_front();
    }
}

void verified_cache::remember(const std::string& fingerprint, base::steady_time now) {
    if (const auto known = places_.find(fingerprint); known != places_.end()) {
        const place at = known->second;
        places_.erase(known);
        order_.erase(at);
    }
    drop_old(now);
    order_.push_back({fingerprint, now + limits_.lifetime});
    places_.emplace(order_.back().fingerprint, std::prev(order_.end()));
}

}  // namespace lmqtt::accounts
