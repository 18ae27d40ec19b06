// %u and %c in the topic of a rule: where they may stand, and what is put in their place. A name is
// put in as it is, in one pass, and only if it cannot be anything but part of one level: it is
// never read as a pattern. Pure functions, any thread.
#pragma once

#include <cstdint>
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

/// A level of a rule's topic, with a name in it or without.
struct level_parts {
    enum which : std::uint8_t { nobody, user, client };

    std::string before;  // of one without, the whole level
    std::string after;
    which name = nobody;

    /// Whether it is this one, of a topic, with that name put in. Never, if the name is empty. No
    /// allocation.
    [[nodiscard]] bool is(std::string_view level, const substitutes& names) const;

    friend bool operator==(const level_parts&, const level_parts&) = default;
};

/// What is wrong with the percent signs of a topic, if anything is.
[[nodiscard]] std::optional<std::string> placeholder_problem(std::string_view topic);

/// Of a topic without such a problem.
[[nodiscard]] used_placeholders placeholders_in(std::string_view topic);

/// The topic with names in place of placeholders, and one percent sign in place of two.
[[nodiscard]] std::string substituted(std::string_view topic, const substitutes& names);

/// Of one level of a topic without such a problem.
[[nodiscard]] level_parts parts_of(std::string_view level);

/// Whether a name may stand in place of a placeholder: it is not empty and has no '+', '#', '/' or
/// control character.
[[nodiscard]] bool can_be_substituted(std::string_view name);

/// A percent sign is written twice in a rule.
[[nodiscard]] std::string without_placeholders(std::string_view literal_topic);

}  // namespace lmqtt::access
