#include "access/principal.hpp"

#include <algorithm>
#include <vector>

namespace lmqtt::access {
namespace {

bool admits(const std::vector<std::string>& list, std::string_view name) {
    return list.empty() || std::ranges::find(list, name) != list.end();
}

bool admits_one_of(const std::vector<std::string>& list, std::span<const std::string> names) {
    return list.empty() ||
           std::ranges::any_of(names, [&](const std::string& name) { return admits(list, name); });
}

}  // namespace

bool is_about(const access_rule& rule, const principal& who) {
    return admits(rule.clients, who.client_id) && is_about_some_client_of(rule, who);
}

bool is_about_some_client_of(const access_rule& rule, const principal& who) {
    return admits(rule.users, who.user_name) && admits_one_of(rule.roles, who.roles) &&
           admits(rule.listeners, who.listener);
}

}  // namespace lmqtt::access
