#include "access/rule_set.hpp"

#include "access/rule_check.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::access {

rule_set::made rule_set::make(
    std::vector<access_rule> rules, bool configured, std::vector<std::string> listeners
) {
    std::vector<rule_problem> found;
    for (std::size_t at = 0; at < rules.size(); ++at) {
        for (std::string& message : problems_of(rules[at])) {
            found.push_back({at, std::move(message)});
        }
    }
    if (!found.empty()) {
        return found;
    }
    return std::shared_ptr<const rule_set>(
        new rule_set(std::move(rules), configured, std::move(listeners))
    );
}

rule_set::rule_set(
    std::vector<access_rule> rules, bool configured, std::vector<std::string> listeners
)
    : listeners_{std::move(listeners)}
    , restricts_all_{configured || std::ranges::any_of(rules, [this](const access_rule& each) {
                         return is_about_others(each);
                     })} {
    entries_.reserve(rules.size());
    for (access_rule& rule : rules) {
        limits_subscriptions_ =
            limits_subscriptions_ || (rule.allow && rule.actions.has(access_action::subscribe) &&
                                      rule.maximum_qos < qos::exactly_once);
        const used_placeholders uses = placeholders_in(rule.topic);
        std::string topic = uses.any() ? std::string() : substituted(rule.topic, {});
        entries_.push_back({.rule = std::move(rule), .uses = uses, .topic = std::move(topic)});
    }
}

bool rule_set::is_about_others(const access_rule& rule) const {
    const auto is_known = [this](const std::string& name) {
        return std::ranges::find(listeners_, name) != listeners_.end();
    };
    return rule.listeners.empty() || !std::ranges::all_of(rule.listeners, is_known);
}

bool rule_set::restricts(std::string_view listener) const {
    return restricts_all_ || std::ranges::find(listeners_, listener) != listeners_.end();
}

std::optional<unusable_name> rule_set::refuses_names(const principal& who) const {
    const bool user_is_usable = who.user_name.empty() || can_be_substituted(who.user_name);
    const bool client_is_usable = can_be_substituted(who.client_id);
    if (user_is_usable && client_is_usable) {
        return std::nullopt;
    }
    for (const entry& each : entries_) {
        const bool user_matters = each.uses.user && !user_is_usable;
        const bool client_matters = each.uses.client && !client_is_usable;
        if ((user_matters || client_matters) && is_about(each.rule, who)) {
            return user_matters ? unusable_name::user_name : unusable_name::client_id;
        }
    }
    return std::nullopt;
}

std::string_view to_sentence(unusable_name which) {
    return which == unusable_name::user_name
               ? "a rule puts the user name into a topic, and it has '+', '#', '/' or a control "
                 "character"
               : "a rule puts the client identifier into a topic, and it is empty or has '+', '#', "
                 "'/' or a control character";
}

}  // namespace lmqtt::access
