// %u and %c in the topic of a rule: where they may stand, and what is put in their place. A name is
// put in as it is, in one pass, and only if it cannot be anything but part of one level: it is
// never read as a pattern. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lmqtt::access {

/// Which names a rule's topic speaks of.
struct used_placeholders {
    bool user = false;    // %u
    bool client = false;  // %c

    [[nodiscard]] bool any() const { return user || client; }
};

/// The names put into a rule's topic.
struct substitutes {
    std::string_view user_name;
    std::string_view client_id;
};

/// What is wrong with the percent signs of a topic, if anything is.
[[nodiscard]] std::optional<std::string> placeholder_problem(std::string_view topic);

/// Of a topic without such a problem.
[[nodiscard]] used_placeholders placeholders_in(std::string_view topic);

/// The topic with names in place of placeholders, and one percent sign in place of two.
[[nodiscard]] std::string substituted(std::string_view topic, const substitutes& names);

/// Whether a name may stand in place of a placeholder: it is not empty and has no '+', '#', '/' or
/// control character.
[[nodiscard]] bool can_be_substituted(std::string_view name);

/// A percent sign is written twice in a rule.
[[nodiscard]] std::string without_placeholders(std::string_view literal_topic);

}  // namespace lmqtt::access
