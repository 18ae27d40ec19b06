#include "broker/owner.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace lmqtt::broker {

namespace {

constexpr std::size_t first_listener = 2;
constexpr auto first_file = static_cast<std::size_t>(owner::last_listener) + 1;
constexpr std::size_t most_listeners = first_file - first_listener;
constexpr std::size_t most_files = std::numeric_limits<std::uint16_t>::max() - first_file;
constexpr std::string_view user_prefix = "user ";
constexpr std::string_view file_infix = " of ";
constexpr std::string_view anonymous_prefix = "anonymous ";

// Nothing: there are too many.
std::optional<std::size_t>
place_of(std::string_view name, std::vector<std::string>& names, std::size_t most) {
    const auto known = std::ranges::find(names, name);
    const auto at = static_cast<std::size_t>(known - names.begin());
    if (known == names.end()) {
        if (names.size() >= most) {
            return std::nullopt;
        }
        names.emplace_back(name);
    }
    return at;
}

}  // namespace

owner owner_names::of(const principal& who) {
    if (!who.is_user) {
        return anonymous_on(who.listener);
    }
    return who.file.empty() ? owner::user : user_of(who.file);
}

bool owner_names::owns(const principal& who, owner which, std::string_view username) {
    if (which == owner::unknown) {
        return true;
    }
    return which == of(who) && (!who.is_user || who.username == username);
}

owner owner_names::anonymous_on(std::string_view listener) {
    const auto at = place_of(listener, listeners_, most_listeners);
    return at ? static_cast<owner>(*at + first_listener) : owner::unknown;
}

owner owner_names::user_of(std::string_view file) {
    const auto at = place_of(file, files_, most_files);
    return at ? static_cast<owner>(*at + first_file) : owner::unknown;
}

std::string owner_names::text_of(owner which, std::string_view username) const {
    if (which == owner::unknown) {
        return {};
    }
    if (!is_user(which)) {
        return std::string(anonymous_prefix).append(listener_of(which));
    }
    std::string text = std::string(user_prefix).append(username);
    if (is_of_file(which)) {
        text.append(file_infix).append(file_of(which));
    }
    return text;
}

// A name may hold any of the words.
owner owner_names::read(std::string_view text, std::string_view username) {
    if (text.starts_with(anonymous_prefix)) {
        return anonymous_on(text.substr(anonymous_prefix.size()));
    }
    if (!text.starts_with(user_prefix)) {
        return owner::unknown;
    }
    std::string_view rest = text.substr(user_prefix.size());
    if (rest == username || !rest.starts_with(username)) {
        return owner::user;
    }
    rest.remove_prefix(username.size());
    return rest.starts_with(file_infix) ? user_of(rest.substr(file_infix.size())) : owner::user;
}

std::string_view owner_names::listener_of(owner which) const {
    const auto number = static_cast<std::size_t>(which);
    const bool is_one = number >= first_listener && !is_of_file(which);
    return is_one ? listeners_.at(number - first_listener) : std::string_view();
}

std::string_view owner_names::file_of(owner which) const {
    const auto number = static_cast<std::size_t>(which);
    return is_of_file(which) ? files_.at(number - first_file) : std::string_view();
}

}  // namespace lmqtt::broker
