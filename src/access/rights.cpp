#include "access/rights.hpp"

#include "access/filter_cover.hpp"
#include "access/name_space.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::access {
namespace {

constexpr decision everything_is_allowed{
    .allowed = true, .why = grounds::no_rules, .maximum_qos = qos::exactly_once, .rule = nullptr};
constexpr decision names_are_unusable{.why = grounds::unusable_name};

decision denied(grounds why) {
    return {.allowed = false, .why = why, .maximum_qos = qos::at_most_once, .rule = nullptr};
}

// The first entry for this action whose filter fits; null: none.
template <class Entries, class Fits>
const typename Entries::element_type*
first_of(Entries entries, access_action action, const Fits& fits) {
    for (const auto& each : entries) {
        if (each.actions.has(action) && fits(each.filter)) {
            return &each;
        }
    }
    return nullptr;
}

}  // namespace

rights::rights(std::shared_ptr<const rule_set> rules, const principal& who)
    : rules_{std::move(rules)}
    , names_are_refused_{rules_->refuses_names(who).has_value()}
    , is_restricted_{rules_->restricts(who.listener)} {
    const auto all = rules_->entries();
    const auto with_names = std::ranges::count_if(all, [&](const rule_set::entry& each) {
        return each.uses.any() && is_about(each.rule, who);
    });
    own_topics_.reserve(static_cast<std::size_t>(with_names));  // entries point into it
    for (std::size_t number = 0; number < all.size(); ++number) {
        take(all[number], static_cast<std::uint32_t>(number), who);
    }
    put_in_order();
    receives_all_ = finds_no_limit_to_receiving();
}

void rights::take(const rule_set::entry& from, std::uint32_t number, const principal& who) {
    const access_rule& rule = from.rule;
    if (is_about_some_client_of(rule, who) && (from.uses.client || !rule.clients.empty())) {
        only_for_this_client_ = true;
    }
    const bool lacks_user = from.uses.user && who.user_name.empty();
    if (!is_about(rule, who) || lacks_user || names_are_refused_) {
        return;
    }
    std::string_view topic = from.topic;
    if (from.uses.any()) {
        topic = own_topics_.emplace_back(
            substituted(rule.topic, {.user_name = who.user_name, .client_id = who.client_id})
        );
    }
    if (rule.allow && name_space_of(topic) != name_space_of(rule.topic)) {
        return;  // somebody is called "$SYS": that opens nothing
    }
    access_actions actions = rule.actions;
    if (!rule.allow && actions.has(access_action::subscribe)) {
        actions.add(access_action::receive);  // or a wider filter would be a way around it
    }
    entries_.push_back(
        {.filter = quick_filter(topic),
         .rule = number,
         .actions = actions,
         .maximum_qos = rule.maximum_qos}
    );
}

// The most generous of the allowing rules first, so that the first that fits is the one that
// counts.
void rights::put_in_order() {
    std::ranges::stable_sort(entries_, [this](const entry& one, const entry& other) {
        const bool allows = rule_of(one)->allow;
        const bool other_allows = rule_of(other)->allow;
        return allows != other_allows ? other_allows : one.maximum_qos > other.maximum_qos;
    });
    entries_.shrink_to_fit();
    denials_ = static_cast<std::size_t>(std::ranges::count_if(entries_, [this](const entry& each) {
        return !rule_of(each)->allow;
    }));
}

bool rights::finds_no_limit_to_receiving() const {
    if (decided_without_rules() != nullptr) {
        return !names_are_refused_;
    }
    const auto any = [](const quick_filter&) { return true; };
    const auto all = [](const quick_filter& filter) { return covers(filter.text(), "#"); };
    return first_of(denying(), access_action::receive, any) == nullptr &&
           first_of(allowing(), access_action::receive, all) != nullptr;
}

decision rights::may_publish(const publication& what) const {
    if (!topic::valid_topic_name(what.topic, {})) {
        return denied(grounds::not_a_topic);
    }
    if (name_space_of(what.topic) != name_space::ordinary) {
        return denied(grounds::reserved);
    }
    if (const decision* const made = decided_without_rules()) {
        return *made;
    }
    const auto fits = [&](const quick_filter& filter) { return filter.matches(what.topic); };
    const entry* denial = first_of(denying(), access_action::publish, fits);
    if (denial == nullptr && what.retain) {
        denial = first_of(denying(), access_action::retain, fits);
    }
    if (denial != nullptr) {
        return denied_by(*denial);
    }
    const entry* const most_generous = first_of(allowing(), access_action::publish, fits);
    if (most_generous == nullptr) {
        return denied(grounds::no_rule);
    }
    decision result = allowed_by(*most_generous);
    if (what.retain && first_of(allowing(), access_action::retain, fits) == nullptr) {
        result.allowed = false;
        result.why = grounds::no_retain_rule;
    } else if (what.qos > result.maximum_qos) {
        result.allowed = false;
        result.why = grounds::qos_too_high;
    }
    return result;
}

decision rights::may_receive(std::string_view topic) const {
    if (name_space_of(topic) == name_space::closed) {
        return denied(grounds::reserved);
    }
    if (const decision* const made = decided_without_rules()) {
        return *made;
    }
    const auto fits = [topic](const quick_filter& filter) { return filter.matches(topic); };
    if (const entry* const denial = first_of(denying(), access_action::receive, fits)) {
        return denied_by(*denial);
    }
    const entry* const allowance = first_of(allowing(), access_action::receive, fits);
    return allowance == nullptr ? denied(grounds::no_rule) : allowed_by(*allowance);
}

decision rights::may_subscribe(std::string_view topic_filter) const {
    const auto parsed = topic::parse_filter(topic_filter, {});
    if (!parsed) {
        return denied(grounds::not_a_topic);
    }
    if (name_space_of(parsed->filter) == name_space::closed) {
        return denied(grounds::reserved);
    }
    if (const decision* const made = decided_without_rules()) {
        return *made;
    }
    const auto fits = [&](const quick_filter& filter) {
        return covers(filter.text(), parsed->filter);
    };
    if (const entry* const denial = first_of(denying(), access_action::subscribe, fits)) {
        return denied_by(*denial);
    }
    const entry* const most_generous = first_of(allowing(), access_action::subscribe, fits);
    return most_generous == nullptr ? denied(grounds::no_rule) : allowed_by(*most_generous);
}

std::span<const rights::entry> rights::denying() const {
    return std::span(entries_).first(denials_);
}

std::span<const rights::entry> rights::allowing() const {
    return std::span(entries_).subspan(denials_);
}

const access_rule* rights::rule_of(const entry& each) const {
    return &rules_->entries()[each.rule].rule;
}

decision rights::denied_by(const entry& each) const {
    return {
        .allowed = false,
        .why = grounds::denying_rule,
        .maximum_qos = qos::at_most_once,
        .rule = rule_of(each)};
}

decision rights::allowed_by(const entry& each) const {
    return {
        .allowed = true,
        .why = grounds::allowing_rule,
        .maximum_qos = each.maximum_qos,
        .rule = rule_of(each)};
}

const decision* rights::decided_without_rules() const {
    if (names_are_refused_) {
        return &names_are_unusable;
    }
    return is_restricted_ ? nullptr : &everything_is_allowed;
}

}  // namespace lmqtt::access
