#include "access/rule_tree.hpp"

#include "access/filter_cover.hpp"
#include "topic/levels.hpp"
#include "topic/text_hash.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::access {

// Entries are put before those that are there, hence the last one first.
rule_tree::rule_tree(std::span<const ranked_rule> rules) {
    if (rules.empty()) {
        return;
    }
    new_node();
    entries_.reserve(rules.size());
    std::for_each(rules.rbegin(), rules.rend(), [this](const ranked_rule& each) { add(each); });
    nodes_.shrink_to_fit();
    named_.shrink_to_fit();
    texts_.shrink_to_fit();
}

std::uint32_t
rule_tree::first(std::string_view topic, access_action action, const substitutes& names) const {
    std::uint32_t lowest = none;
    if (nodes_.empty()) {
        return lowest;
    }
    const question asked{action, topic.starts_with('$')};
    bool wild = !asked.about_sys;  // [MQTT-4.7.2-1]
    frontier even;
    frontier odd;
    frontier* now = &even;
    frontier* next = &odd;
    now->push_back(0);
    topic::level_reader levels{topic};
    while (!now->empty()) {
        std::string_view level;
        const bool ends = !levels.next(level);
        next->clear();
        for (const std::uint32_t at : *now) {
            const node& here = nodes_[at];
            if (wild) {
                lowest = std::min(lowest, first_in(here.and_below, asked));
            }
            if (ends) {
                lowest = std::min(lowest, first_in(here.exactly, asked));
                continue;
            }
            if (wild && here.plus != none && level != "#") {
                next->push_back(here.plus);
            }
            step(at, level, names, *next);
        }
        std::swap(now, next);
        wild = true;
    }
    return lowest;
}

std::uint32_t rule_tree::first_in(std::uint32_t list, question asked) const {
    while (list != none) {
        const entry& here = entries_[list];
        if (here.actions.has(asked.action) && !(asked.about_sys && here.opens_no_sys)) {
            return here.rank;
        }
        list = here.next;
    }
    return none;
}

// To the children but the one at '+'. No level of a rule is called "+" or "#", nor is any name.
void rule_tree::step(
    std::uint32_t at, std::string_view level, const substitutes& names, frontier& to
) const {
    const node& here = nodes_[at];
    if (here.literals != 0) {
        const edge& found = edges_[place_of(at, level)];
        if (found.child != 0) {
            to.push_back(found.child);
        }
    }
    for (std::uint32_t each = here.named; each != none; each = named_[each].next) {
        if (named_[each].level.is(level, names)) {
            to.push_back(named_[each].child);
        }
    }
}

void rule_tree::add(const ranked_rule& added) {
    const access_rule& rule = *added.rule;
    access_actions actions = rule.actions;
    if (!rule.allow && actions.has(access_action::subscribe)) {
        actions.add(access_action::receive);  // or a wider filter would be a way around it
    }
    note_reach(rule, actions);
    std::uint32_t at = 0;
    topic::level_reader levels{rule.topic};
    std::string_view level;
    while (levels.next(level) && level != "#") {
        at = child_to_be(at, level);
    }
    const bool begins_with_name = placeholders_in(topic::first_level(rule.topic)).any();
    std::uint32_t& list = level == "#" ? nodes_[at].and_below : nodes_[at].exactly;
    entries_.push_back(
        {.rank = added.rank,
         .next = list,
         .actions = actions,
         .opens_no_sys = rule.allow && begins_with_name}
    );
    list = static_cast<std::uint32_t>(entries_.size() - 1);
}

void rule_tree::note_reach(const access_rule& rule, access_actions actions) {
    if (!actions.has(access_action::receive)) {
        return;
    }
    if (rule.allow) {
        // With a name or a percent sign in it, it would be about less than everything.
        lets_receive_all_ = lets_receive_all_ || covers(rule.topic, "#");
    } else if (placeholders_in(rule.topic).user) {
        denies_receiving_to_users_ = true;
    } else {
        denies_receiving_ = true;
    }
}

std::uint32_t rule_tree::child_to_be(std::uint32_t parent, std::string_view level) {
    if (level == "+") {
        if (nodes_[parent].plus == none) {
            const std::uint32_t child = new_node();
            nodes_[parent].plus = child;
        }
        return nodes_[parent].plus;
    }
    level_parts parts = parts_of(level);
    if (parts.name != level_parts::nobody) {
        return named_child_to_be(parent, std::move(parts));
    }
    make_room();
    edge& place = edges_[place_of(parent, parts.before)];
    if (place.child == 0) {
        place.parent = parent;
        place.child = new_node();
        place.text = static_cast<std::uint32_t>(texts_.size());
        place.size = static_cast<std::uint32_t>(parts.before.size());
        texts_ += parts.before;
        ++nodes_[parent].literals;
        ++literals_;
    }
    return place.child;
}

std::uint32_t rule_tree::named_child_to_be(std::uint32_t parent, level_parts level) {
    const std::uint32_t head = nodes_[parent].named;
    for (std::uint32_t each = head; each != none; each = named_[each].next) {
        if (named_[each].level == level) {
            return named_[each].child;
        }
    }
    const std::uint32_t child = new_node();
    nodes_[parent].named = static_cast<std::uint32_t>(named_.size());
    named_.push_back({.level = std::move(level), .child = child, .next = head});
    return child;
}

std::uint32_t rule_tree::new_node() {
    nodes_.emplace_back();
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::string_view rule_tree::text_of(const edge& each) const {
    return std::string_view(texts_).substr(each.text, each.size);
}

// Where the edge is, or the vacant place where it would be. Who writes rules is trusted, so the
// hash needs no secret.
std::size_t rule_tree::place_of(std::uint32_t parent, std::string_view level) const {
    const std::size_t mask = edges_.size() - 1;
    std::size_t at = topic::text_hash(level, parent) & mask;
    while (edges_[at].child != 0 && (edges_[at].parent != parent || text_of(edges_[at]) != level)) {
        at = (at + 1) & mask;
    }
    return at;
}

// For one more edge, at most half of the table being taken: most levels are looked for in vain.
void rule_tree::make_room() {
    if ((literals_ + 1) * 2 <= edges_.size()) {
        return;
    }
    std::vector<edge> old(edges_.empty() ? 4 : edges_.size() * 2);
    old.swap(edges_);
    for (const edge& each : old) {
        if (each.child != 0) {
            edges_[place_of(each.parent, text_of(each))] = each;
        }
    }
}

}  // namespace lmqtt::access
