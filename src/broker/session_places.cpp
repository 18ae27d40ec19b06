#include "broker/session_places.hpp"

#include "base/assert.hpp"

namespace lmqtt::broker {

bool session_places::take(const principal& who, const session_limits& limits) {
    const bool of_one_too_many = who.is_user && of_user(who.username) >= limits.of_one_user;
    if (in_all_ >= limits.in_all || of_one_too_many) {
        return false;
    }
    add(who);
    return true;
}

void session_places::add(const principal& who) {
    ++in_all_;
    if (who.is_user) {
        ++of_users_[std::string(who.username)];
    }
}

void session_places::give_back(const principal& who) {
    --in_all_;
    if (!who.is_user) {
        return;
    }
    const auto found = of_users_.find(who.username);
    LMQTT_ASSERT(found != of_users_.end());
    if (--found->second == 0) {
        of_users_.erase(found);
    }
}

std::int64_t session_places::of_user(std::string_view name) const {
    const auto found = of_users_.find(name);
    return found == of_users_.end() ? 0 : found->second;
}

}  // namespace lmqtt::broker
