#include "access/rights.hpp"

#include "access/filter_cover.hpp"
#include "access/name_space.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lmqtt::access {
namespace {

constexpr decision everything_is_allowed{
    .allowed = true, .why = grounds::no_rules, .maximum_qos = qos::exactly_once, .rule = nullptr};
constexpr decision names_are_unusable{.why = grounds::unusable_name};

decision denied(grounds why) {
    return {.allowed = false, .why = why, .maximum_qos = qos::at_most_once, .rule = nullptr};
}

}  // namespace

rights::rights(std::shared_ptr<const rule_set> rules, const principal& who)
    : rights(std::make_shared<const rules_of_kind>(std::move(rules), who), who) {}

rights::rights(std::shared_ptr<const rules_of_kind> rules, const principal& who)
    : common_{std::move(rules)}
    , user_name_{who.user_name}
    , client_id_{who.client_id}
    , names_are_refused_{common_->all().refuses_names(who).has_value()} {
    take_listing(who);
    receives_all_ = finds_no_limit_to_receiving();
}

void rights::take_listing(const principal& who) {
    std::vector<ranked_rule> taken;
    for (const std::uint32_t rank : common_->all().listing(client_id_)) {
        const access_rule& rule = common_->all().ranked(rank).rule;
        if (is_about(rule, who)) {
            taken.push_back({rank, &rule});
        }
    }
    if (!taken.empty()) {
        listing_ = std::make_unique<const rule_tree>(taken);
    }
}

bool rights::finds_no_limit_to_receiving() const {
    if (decided_without_rules() != nullptr) {
        return !names_are_refused_;
    }
    bool allowed = false;
    for (const rule_tree* const each :
         {&common_->all().about_all(), &common_->tree(), listing_.get()}) {
        if (each != nullptr && each->denies_receiving(!user_name_.empty())) {
            return false;
        }
        allowed = allowed || (each != nullptr && each->lets_receive_all());
    }
    return allowed;
}

decision rights::may_publish(const publication& what) const {
    if (!what.is_topic_name && !topic::valid_topic_name(what.topic, {})) {
        return denied(grounds::not_a_topic);
    }
    if (name_space_of(what.topic) != name_space::ordinary) {
        return denied(grounds::reserved);
    }
    if (const decision* const made = decided_without_rules()) {
        return *made;
    }
    const std::uint32_t publishing = first(what.topic, access_action::publish);
    const std::uint32_t retaining =
        what.retain ? first(what.topic, access_action::retain) : publishing;
    const bool denies_retaining_only = !denies(publishing) && denies(retaining);
    decision result = decided_by(denies_retaining_only ? retaining : publishing);
    if (!result.allowed) {
        return result;
    }
    if (retaining == rule_tree::none) {
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
    return decided_by(first(topic, access_action::receive));
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
    return decided_by(first(with_a_level_below(parsed->filter), access_action::subscribe));
}

// Of the rules about this client that fit, the one that counts.
std::uint32_t rights::first(std::string_view topic, access_action action) const {
    const substitutes names{.user_name = user_name_, .client_id = client_id_};
    const std::uint32_t lowest = std::min(
        common_->all().about_all().first(topic, action, names),
        common_->tree().first(topic, action, names)
    );
    return listing_ == nullptr ? lowest : std::min(lowest, listing_->first(topic, action, names));
}

bool rights::denies(std::uint32_t rank) const {
    return rank < common_->all().denials();
}

decision rights::decided_by(std::uint32_t rank) const {
    if (rank == rule_tree::none) {
        return denied(grounds::no_rule);
    }
    const access_rule& rule = common_->all().ranked(rank).rule;
    return {
        .allowed = rule.allow,
        .why = rule.allow ? grounds::allowing_rule : grounds::denying_rule,
        .maximum_qos = rule.allow ? rule.maximum_qos : qos::at_most_once,
        .rule = &rule};
}

const decision* rights::decided_without_rules() const {
    if (names_are_refused_) {
        return &names_are_unusable;
    }
    return common_->restrict() ? nullptr : &everything_is_allowed;
}

}  // namespace lmqtt::access
