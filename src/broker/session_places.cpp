#include "broker/session_places.hpp"

#include "base/assert.hpp"

namespace lmqtt::broker {

namespace {

// Users of different files may share a name. None has a U+0000 in it.
std::string key_of(const place_holder& who) {
    std::string key(who.username);
    if (is_of_file(who.which)) {
        key.append(1, '\0').append(std::to_string(static_cast<unsigned>(who.which)));
    }
    return key;
}

}  // namespace

bool session_places::take(const place_holder& who, const session_limits& limits) {
    const bool of_one_too_many = is_user(who.which) && of_user(who) >= limits.of_one_user;
    if (in_all_ >= limits.in_all || of_one_too_many) {
        return false;
    }
    add(who);
    return true;
}

void session_places::add(const place_holder& who) {
    ++in_all_;
    if (is_user(who.which)) {
        ++of_users_[key_of(who)];
    }
}

void session_places::give_back(const place_holder& who) {
    --in_all_;
    if (!is_user(who.which)) {
        return;
    }
    const auto found = of_users_.find(key_of(who));
    LMQTT_ASSERT(found != of_users_.end());
    if (--found->second == 0) {
        of_users_.erase(found);
    }
}

std::int64_t session_places::of_user(const place_holder& who) const {
    const auto found = of_users_.find(key_of(who));
    return found == of_users_.end() ? 0 : found->second;
}

}  // namespace lmqtt::broker
