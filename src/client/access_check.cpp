#include "client/access_check.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace lmqtt::client {

namespace {

std::vector<std::string> every_listener(const environment& env) {
    std::vector<std::string> all;
    for (const listener_rules_ptr& each : env.listeners) {
        all.push_back(each->name);
    }
    return all;
}

broker::owner owner_of(const session::session& whose) {
    return static_cast<broker::owner>(whose.owner);
}

// Through which the session's client came. Not known of a user since before the last start: then
// all there are.
std::vector<std::string> listeners_of(environment& env, const session::session& whose) {
    if (!whose.rules->listener.empty()) {
        return {whose.rules->listener};
    }
    std::string owning = env.broker.shared().owners.with([&whose](broker::owner_names& names) {
        return std::string(names.listener_of(owner_of(whose)));
    });
    return owning.empty() ? every_listener(env) : std::vector{std::move(owning)};
}

// Somebody who is not there to be asked.
struct absent_client {
    std::string_view user_name;  // that was proved
    std::string_view client_id;
    broker::token_roles roles = {};
};

// On each of the listeners.
std::vector<std::shared_ptr<const access::rights>>
rights_on(environment& env, const absent_client& whose, const std::vector<std::string>& listeners) {
    std::vector<std::string> roles = whose.roles.value_or(std::vector<std::string>());
    if (!whose.roles && env.roles_of && !whose.user_name.empty()) {
        roles = env.roles_of(whose.user_name);
    }
    access::principal who{
        .user_name = whose.user_name, .roles = roles, .client_id = whose.client_id};
    std::vector<std::shared_ptr<const access::rights>> all;
    for (const std::string& each : listeners) {
        who.listener = each;
        all.push_back(env.access.rights_of(who));
    }
    return all;
}

absent_client absent_client_of(const session::session& whose, broker::token_roles roles = {}) {
    if (!roles && broker::is_of_file(owner_of(whose))) {
        roles.emplace();  // of accounts that are not this user's
    }
    return {broker::proved_name(whose), whose.client_id, std::move(roles)};
}

// Whether it may publish, by whichever of the listeners it came; a denial is told.
bool all_allow(
    environment& env,
    const absent_client& whose,
    const std::vector<std::string>& listeners,
    const access::publication& what
) {
    for (const auto& rights : rights_on(env, whose, listeners)) {
        const access::decision made = rights->may_publish(what);
        if (!made.allowed) {
            tell_denied(
                env,
                {whose.client_id,
                 whose.user_name,
                 denied_action_of(made),
                 what.topic,
                 access::reason_of(made)}
            );
            return false;
        }
    }
    return true;
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

bool may_fire(environment& env, const session::session& whose, const stored_will& will) {
    if (!env.access.restricts()) {
        return true;
    }
    const access::publication what{.topic = will.topic, .qos = will.quality, .retain = will.retain};
    return all_allow(env, absent_client_of(whose, will.roles), listeners_of(env, whose), what);
}

bool may_be_sent(environment& env, const broker::author& by, const mqtt::routed_message& what) {
    if (!env.access.restricts() || !env.access.terms().asks_authors) {
        return true;
    }
    const absent_client who{by.user_name(), what.publisher(), by.roles()};
    const std::string listener(by.listener());
    const auto listeners = listener.empty() ? every_listener(env) : std::vector{listener};
    const access::publication wanted{.topic = what.topic(), .retain = true};
    return all_allow(env, who, listeners, wanted);
}

void review_absent(environment& env, const session::session& whose) {
    if (whose.subscriptions.empty()) {
        return;
    }
    std::vector<std::shared_ptr<const access::rights>> all;
    if (env.access.restricts()) {
        all = rights_on(env, absent_client_of(whose), listeners_of(env, whose));
    }
    for (const session::held_subscription& each : whose.subscriptions) {
        qos most = qos::exactly_once;
        for (const auto& rights : all) {
            const access::decision made = rights->may_subscribe(each.what.topic_filter);
            most = made.allowed ? std::min(most, made.maximum_qos) : most;
        }
        env.broker.limit(whose, each.what, most);
    }
}

}  // namespace lmqtt::client
