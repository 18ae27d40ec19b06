#include "access/rule_check.hpp"

#include "access/name_space.hpp"
#include "access/placeholders.hpp"
#include "base/utf8.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace lmqtt::access {
namespace {

constexpr std::uint8_t all_actions = 1 | 2 | 4 | 8;

std::optional<std::string> topic_problem(std::string_view written) {
    if (written.empty()) {
        return "it has no topic";
    }
    if (!base::is_utf8_string(written)) {
        return "the topic is not UTF-8, or has a U+0000";
    }
    if (written == "$share" || written.starts_with("$share/")) {
        return "a share name has no place in a rule: what holds for a filter holds for every group";
    }
    if (auto wrong = placeholder_problem(written)) {
        return "the topic: " + *wrong;
    }
    // What may be put in has no wildcards and no '/': any such name shows whether the rest is good.
    const std::string example = substituted(written, {.user_name = "u", .client_id = "c"});
    if (!topic::parse_filter(example, {})) {
        return "the topic is not a topic filter: '+' stands alone in a level, '#' alone in the "
               "last";
    }
    return std::nullopt;
}

bool names_either(const access_rule& rule, access_action one, access_action other) {
    return rule.actions.has(one) || rule.actions.has(other);
}

void check_actions(const access_rule& rule, std::vector<std::string>& found) {
    if (rule.actions.bits == 0) {
        found.emplace_back("it names no action: publish, subscribe, receive or retain");
    }
    if ((rule.actions.bits & ~all_actions) != 0) {
        found.emplace_back("it names an action that does not exist");
    }
}

void check_maximum_qos(const access_rule& rule, std::vector<std::string>& found) {
    if (rule.maximum_qos > qos::exactly_once) {
        found.emplace_back("the maximum QoS is none of 0, 1 and 2");
    } else if (rule.maximum_qos == qos::exactly_once) {
        return;
    } else if (!rule.allow) {
        found.emplace_back("a maximum QoS has no meaning in a rule that denies");
    } else if (!names_either(rule, access_action::publish, access_action::subscribe)) {
        found.emplace_back("a maximum QoS has a meaning for publish and subscribe only");
    }
}

void check_name_space(const access_rule& rule, std::vector<std::string>& found) {
    const name_space where = name_space_of(rule.topic);
    if (!rule.allow || where == name_space::ordinary) {
        return;
    }
    if (where == name_space::closed) {
        found.emplace_back("topics that begin with '$' are closed, but for $SYS: no rule opens them"
        );
    } else if (names_either(rule, access_action::publish, access_action::retain)) {
        found.emplace_back("nobody publishes to $SYS: allow subscribe and receive only");
    }
}

void check_names(const access_rule& rule, std::vector<std::string>& found) {
    const std::pair<std::string_view, const std::vector<std::string>&> lists[] = {
        {"roles", rule.roles}, {"clients", rule.clients}, {"listeners", rule.listeners}};
    for (const auto& [name, list] : lists) {
        if (std::ranges::find(list, "") != list.end()) {
            found.push_back("there is an empty name in " + std::string(name));
        }
    }
}

}  // namespace

std::vector<std::string> problems_of(const access_rule& rule) {
    std::vector<std::string> found;
    check_actions(rule, found);
    if (auto wrong = topic_problem(rule.topic)) {
        found.push_back(std::move(*wrong));
    } else {
        check_name_space(rule, found);
    }
    check_maximum_qos(rule, found);
    check_names(rule, found);
    return found;
}

}  // namespace lmqtt::access
