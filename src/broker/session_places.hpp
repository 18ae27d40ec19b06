// How many sessions there are, in all and of each user, and whether there may be one more. One for
// all shards, behind the directory's lock, so that both limits are exact. Anonymous clients have
// nothing that tells one of them from another: they are counted in all alone.
#pragma once

#include "broker/owner.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lmqtt::broker {

struct session_limits {
    std::int64_t in_all = 0;
    std::int64_t of_one_user = 0;
};

/// Whose place it is. Without a name that is theirs: clients that are counted in all alone.
struct place_holder {
    owner which = owner::unknown;
    std::string_view username{};
};

class session_places {
public:
    /// One more of this owner; false, and nothing is counted: there may be no more.
    [[nodiscard]] bool take(const place_holder& who, const session_limits& limits);

    /// One more that may be in any case: it was there before the broker started, or takes the place
    /// of another.
    void add(const place_holder& who);

    /// One that was counted for this owner is no more.
    void give_back(const place_holder& who);

    [[nodiscard]] std::int64_t in_all() const { return in_all_; }

    [[nodiscard]] std::int64_t of_user(const place_holder& who) const;

    /// Users with sessions: what this takes memory for.
    [[nodiscard]] std::size_t users() const { return of_users_.size(); }

private:
    std::int64_t in_all_ = 0;
    std::unordered_map<std::string, std::int64_t> of_users_;  // by name and, of a file, its number
};

}  // namespace lmqtt::broker
