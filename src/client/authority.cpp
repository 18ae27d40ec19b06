#include "client/authority.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::client {

namespace {

constexpr std::size_t few = 64;

}  // namespace

void authority::use(std::shared_ptr<const access::rule_set> rules, const authority_terms& terms) {
    const auto limits = [](const auto& any) { return any && any->limits_subscriptions(); };
    limits_subscriptions_ = limits(rules_) || limits(rules);
    terms_ = terms;
    rules_ = std::move(rules);
    restricts_ = rules_ != nullptr && rules_->restricts();
    version_ = std::max(version_ + 1, 1U);
    rights_.clear();
    common_.clear();
}

std::shared_ptr<const access::rights> authority::rights_of(const access::principal& who) {
    kind of{
        std::string(who.user_name),
        std::vector<std::string>(who.roles.begin(), who.roles.end()),
        std::string(who.listener)};
    if (auto known = rights_.find(of)) {
        return known;
    }
    auto made = std::make_shared<const access::rights>(common_of(who), who);
    if (!made->only_for_this_client()) {
        rights_.put(std::move(of), made);
    }
    return made;
}

// One for all, if no rule is about some only.
std::shared_ptr<const access::rules_of_kind> authority::common_of(const access::principal& who) {
    kind of{std::string(), std::vector<std::string>(), std::string(who.listener)};
    if (!rules_->about_some().empty() || !rules_->with_clients().empty()) {
        std::get<0>(of) = who.user_name;
        std::get<1>(of).assign(who.roles.begin(), who.roles.end());
    }
    if (auto known = common_.find(of)) {
        return known;
    }
    auto made = std::make_shared<const access::rules_of_kind>(rules_, who);
    common_.put(std::move(of), made);
    return made;
}

template <class Shared>
std::shared_ptr<const Shared> authority::pool<Shared>::find(const kind& of) const {
    const auto found = held_.find(of);
    return found == held_.end() ? nullptr : found->second.lock();
}

// Forgets what is unused when there is twice as much as was in use the last time.
template <class Shared>
void authority::pool<Shared>::put(kind of, const std::shared_ptr<const Shared>& held) {
    if (held_.size() >= std::max(sweep_at_, few)) {
        std::erase_if(held_, [](const auto& each) { return each.second.expired(); });
        sweep_at_ = held_.size() * 2;
    }
    held_.insert_or_assign(std::move(of), held);
}

}  // namespace lmqtt::client
