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
    shared_.clear();
}

std::shared_ptr<const access::rights> authority::rights_of(const access::principal& who) {
    kind of{
        std::string(who.user_name),
        std::vector<std::string>(who.roles.begin(), who.roles.end()),
        std::string(who.listener)};
    const auto found = shared_.find(of);
    if (found != shared_.end()) {
        if (auto known = found->second.lock()) {
            return known;
        }
    }
    auto made = std::make_shared<const access::rights>(rules_, who);
    if (!made->only_for_this_client()) {
        forget_unused();
        shared_.insert_or_assign(std::move(of), made);
    }
    return made;
}

// When there are twice as many as were in use the last time.
void authority::forget_unused() {
    if (shared_.size() < std::max(sweep_at_, few)) {
        return;
    }
    std::erase_if(shared_, [](const auto& each) { return each.second.expired(); });
    sweep_at_ = shared_.size() * 2;
}

}  // namespace lmqtt::client
