#include "broker/owner.hpp"

#include <algorithm>
#include <limits>

namespace lmqtt::broker {

namespace {

constexpr std::size_t first_listener = 2;
constexpr std::size_t most_listeners = std::numeric_limits<std::uint16_t>::max() - first_listener;
constexpr std::string_view user_prefix = "user ";
constexpr std::string_view anonymous_prefix = "anonymous ";

}  // namespace

owner owner_names::of(const principal& who) {
    return who.is_user ? owner::user : anonymous_on(who.listener);
}

bool owner_names::owns(const principal& who, owner which, std::string_view username) {
    if (which == owner::unknown) {
        return true;
    }
    return which == of(who) && (!who.is_user || who.username == username);
}

owner owner_names::anonymous_on(std::string_view listener) {
    const auto known = std::ranges::find(listeners_, listener);
    const auto at = static_cast<std::size_t>(known - listeners_.begin());
    if (known == listeners_.end()) {
        if (listeners_.size() >= most_listeners) {
            return owner::unknown;
        }
        listeners_.emplace_back(listener);
    }
    return static_cast<owner>(at + first_listener);
}

std::string owner_names::text_of(owner which, std::string_view username) const {
    switch (which) {
    case owner::unknown:
        return {};
    case owner::user:
        return std::string(user_prefix).append(username);
    }
    return std::string(anonymous_prefix).append(listener_of(which));
}

owner owner_names::read(std::string_view text) {
    if (text.starts_with(user_prefix)) {
        return owner::user;
    }
    if (text.starts_with(anonymous_prefix)) {
        return anonymous_on(text.substr(anonymous_prefix.size()));
    }
    return owner::unknown;
}

std::string_view owner_names::listener_of(owner which) const {
    const auto number = static_cast<std::size_t>(which);
    return number < first_listener ? std::string_view() : listeners_.at(number - first_listener);
}

}  // namespace lmqtt::broker
