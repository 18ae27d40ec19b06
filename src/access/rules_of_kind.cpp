#include "access/rules_of_kind.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lmqtt::access {

rules_of_kind::rules_of_kind(std::shared_ptr<const rule_set> all, const principal& who)
    : all_{std::move(all)}
    , restrict_{all_->restricts(who.listener)}
    , tell_clients_apart_{all_->names_all_clients()} {
    std::vector<ranked_rule> about_them;
    for (const std::uint32_t rank : all_->about_some()) {
        const rule_set::entry& each = all_->ranked(rank);
        if (is_about_some_client_of(each.rule, who)) {
            about_them.push_back({rank, &each.rule});
            tell_clients_apart_ = tell_clients_apart_ || each.uses.client;
        }
    }
    tree_ = rule_tree(about_them);
    tell_clients_apart_ =
        tell_clients_apart_ || std::ranges::any_of(all_->with_clients(), [&](std::uint32_t rank) {
            return is_about_some_client_of(all_->ranked(rank).rule, who);
        });
}

}  // namespace lmqtt::access
