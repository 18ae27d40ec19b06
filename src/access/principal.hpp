// Whom a rule can be about: one client as rules know it. Pure functions, any thread.
#pragma once

#include <lmqtt/access_rule.hpp>

#include <span>
#include <string>
#include <string_view>

namespace lmqtt::access {

/// Borrows its texts. Who has no user name has an empty one; an empty one is none.
struct principal {
    std::string_view user_name = {};
    std::span<const std::string> roles = {};
    std::string_view client_id = {};
    std::string_view listener = {};
};

/// Whether all four lists of the rule admit the client.
[[nodiscard]] bool is_about(const access_rule& rule, const principal& who);

/// The same whatever the client identifier is.
[[nodiscard]] bool is_about_some_client_of(const access_rule& rule, const principal& who);

}  // namespace lmqtt::access
