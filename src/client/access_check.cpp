#include "client/access_check.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace lmqtt::client {

namespace {

// Through which the session's client came. Not known of a user since before the last start: then
// all there are.
std::vector<std::string> listeners_of(environment& env, const session::session& whose) {
    if (!whose.rules->listener.empty()) {
        return {whose.rules->listener};
    }
    std::string owning = env.broker.shared().owners.with([&whose](broker::owner_names& names) {
        return std::string(names.listener_of(static_cast<broker::owner>(whose.owner)));
    });
    if (!owning.empty()) {
        return {std::move(owning)};
    }
    std::vector<std::string> all;
    for (const listener_rules_ptr& each : env.listeners) {
        all.push_back(each->name);
    }
    return all;
}

}  // namespace

broker::denied_action denied_action_of(const access::decision& made) {
    const bool denies_retain = made.why == access::grounds::denying_rule && made.rule != nullptr &&
                               !made.rule->actions.has(access_action::publish);
    return denies_retain || made.why == access::grounds::no_retain_rule
               ? broker::denied_action::retain
               : broker::denied_action::publish;
}

void tell_denied(environment& env, const broker::denial& what) {
    const std::int64_t now = env.milliseconds(env.clock.now().steady);
    if (!env.denied.count(what, env.broker.numbers(), now)) {
        return;
    }
    env.log.info(
        "not allowed",
        {{"client", what.client_id},
         {"user", what.username},
         {"action", broker::text_of(what.action)},
         {"topic", what.topic},
         {"rule", what.reason}}
    );
}

std::string_view proved_name(const session::session& whose) {
    const bool proved = static_cast<broker::owner>(whose.owner) == broker::owner::user;
    return proved ? whose.username() : std::string_view{};
}

bool may_fire(environment& env, const session::session& whose, const stored_will& will) {
    if (!env.access.restricts()) {
        return true;
    }
    const std::string_view user = proved_name(whose);
    std::vector<std::string> roles = will.roles.value_or(std::vector<std::string>());
    if (!will.roles && env.roles_of && !user.empty()) {
        roles = env.roles_of(user);
    }
    const access::publication what{.topic = will.topic, .qos = will.quality, .retain = will.retain};
    for (const std::string& listener : listeners_of(env, whose)) {
        const auto rights = env.access.rights_of(
            {.user_name = user, .roles = roles, .client_id = whose.client_id, .listener = listener}
        );
        const access::decision made = rights->may_publish(what);
        if (!made.allowed) {
            tell_denied(
                env,
                {whose.client_id, user, denied_action_of(made), will.topic, access::reason_of(made)}
            );
            return false;
        }
    }
    return true;
}

}  // namespace lmqtt::client
