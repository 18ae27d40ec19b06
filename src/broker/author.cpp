#include "broker/author.hpp"

#include <algorithm>

namespace lmqtt::broker {

author::author(std::string_view user_name, std::string_view listener, const token_roles& roles) {
    const auto add = [this](std::string_view name) { text_.append(name).push_back('\0'); };
    add(user_name);
    add(listener);
    if (roles) {
        add({});
        std::ranges::for_each(*roles, add);
    }
    text_.shrink_to_fit();
}

std::string_view author::part(std::size_t which) const {
    std::string_view rest = text_;
    for (; which != 0 && !rest.empty(); --which) {
        rest.remove_prefix(rest.find('\0') + 1);
    }
    return rest.substr(0, rest.find('\0'));
}

std::string_view author::user_name() const {
    return part(0);
}

std::string_view author::listener() const {
    return part(1);
}

token_roles author::roles() const {
    constexpr std::size_t first_role = 3;
    const auto names = static_cast<std::size_t>(std::ranges::count(text_, '\0'));
    if (names < first_role) {
        return std::nullopt;
    }
    std::vector<std::string> all;
    for (std::size_t at = first_role; at < names; ++at) {
        all.emplace_back(part(at));
    }
    return all;
}

author_ptr
author_names::of(std::string_view user_name, std::string_view listener, const token_roles& roles) {
    auto made = std::make_shared<const author>(user_name, listener, roles);
    const std::uint64_t hash = topic::text_hash(made->text_, seed_);
    const auto [first, last] = known_.equal_range(hash);
    for (auto each = first; each != last; ++each) {
        if (auto held = each->second.lock(); held && held->text_ == made->text_) {
            return held;
        }
    }
    forget_unused();
    known_.emplace(hash, made);
    return made;
}

// When there are twice as many as were in use the last time.
void author_names::forget_unused() {
    if (known_.size() >= sweep_at_) {
        std::erase_if(known_, [](const auto& each) { return each.second.expired(); });
        sweep_at_ = std::max<std::size_t>(64, known_.size() * 2);
    }
}

}  // namespace lmqtt::broker
