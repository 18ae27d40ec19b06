#include "access/rule_set.hpp"

#include "access/rule_check.hpp"

#include <algorithm>
#include <numeric>
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
        entries_.push_back({.rule = std::move(rule), .uses = uses});
    }
    put_in_order();
    part_by_whom();
}

void rule_set::put_in_order() {
    order_.resize(entries_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::ranges::stable_sort(order_, [this](std::uint32_t one, std::uint32_t other) {
        const access_rule& left = entries_[one].rule;
        const access_rule& right = entries_[other].rule;
        return left.allow != right.allow ? right.allow : left.maximum_qos > right.maximum_qos;
    });
    denials_ = static_cast<std::uint32_t>(std::ranges::count_if(entries_, [](const entry& each) {
        return !each.rule.allow;
    }));
}

// The rules about everybody are found by all through the same tree.
void rule_set::part_by_whom() {
    std::vector<ranked_rule> all;
    for (std::uint32_t rank = 0; rank < order_.size(); ++rank) {
        const entry& each = ranked(rank);
        const access_rule& rule = each.rule;
        if (!rule.clients.empty()) {
            list_clients(rank);
        } else if (!rule.users.empty() || !rule.roles.empty() || !rule.listeners.empty()) {
            about_some_.push_back(rank);
        } else {
            all.push_back({rank, &rule});
            names_all_clients_ = names_all_clients_ || each.uses.client;
        }
    }
    about_all_ = rule_tree(all);
}

void rule_set::list_clients(std::uint32_t rank) {
    with_clients_.push_back(rank);
    for (const std::string& client_id : ranked(rank).rule.clients) {
        std::vector<std::uint32_t>& ranks = by_client_[client_id];
        if (ranks.empty() || ranks.back() != rank) {
            ranks.push_back(rank);
        }
    }
}

std::span<const std::uint32_t> rule_set::listing(const std::string& client_id) const {
    const auto found = by_client_.find(client_id);
    return found == by_client_.end() ? std::span<const std::uint32_t>() : found->second;
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
