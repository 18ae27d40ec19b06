// What may be the name of a user, a role or a group. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace lmqtt::accounts {

/// Empty if it may; else what is wrong with it.
inline std::string_view problem_with_name(std::string_view name) {
    if (name.empty()) {
        return "a name is missing";
    }
    if (name.size() > 1024) {
        return "a name has more than 1024 bytes";
    }
    const bool has_control = std::ranges::any_of(name, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    return has_control ? "a name has a control character" : "";
}

}  // namespace lmqtt::accounts
