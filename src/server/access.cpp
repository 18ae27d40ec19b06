// Access rules on their way from where they are written to every shard.
#include "access/ask.hpp"
#include "client/access_check.hpp"
#include "server/rules.hpp"
#include "server/server_impl.hpp"

namespace lmqtt {

// Wherever they are written, in the configuration or in the database of accounts: all of them
// count.
std::shared_ptr<const access::rule_set> server::impl::make_access_rules(
    const acl_options& configured, const std::vector<access_rule>& of_accounts
) const {
    std::vector<access_rule> all = configured.rules;
    all.insert(all.end(), of_accounts.begin(), of_accounts.end());
    return serving::rule_set_of(std::move(all), configured);
}

std::vector<access_rule> server::impl::rules_of_accounts() const {
    return accounts ? accounts->rules() : std::vector<access_rule>();
}

// The first shard's thread.
void server::impl::renew_access(bool accounts_too) {
    try {
        use_access_rules(make_access_rules(acl_, rules_of_accounts()), acl_, accounts_too);
        tell_accounts_state(false);
    } catch (const std::exception& error) {
        own_log.error(
            "access rules of the accounts cannot be used, the old ones stay",
            {{"why", error.what()}}
        );
        // Who has no account any more has to go all the same.
        const auto old = rules_to_ask_.with([](const std::shared_ptr<const access::rule_set>& held
                                            ) { return held; });
        use_access_rules(old, acl_, accounts_too);
        tell_accounts_state(true);
    }
}

// On whichever thread did it. If they are others now, roles and rules may be, too.
void server::impl::accounts_looked_at(bool usable) {
    shared.branches.front()->post([this, usable] {
        if (usable) {
            renew_access(true);
        } else {
            tell_accounts_state(true);
        }
    });
}

// Before the threads run, directly; afterwards on each branch's own thread.
void server::impl::use_access_rules(
    const std::shared_ptr<const access::rule_set>& rules,
    const acl_options& configured,
    bool accounts_too
) {
    const client::authority_terms terms{
        .disconnects = configured.on_revocation == revocation_policy::disconnect,
        .asks_authors = configured.check_retained_author};
    rules_to_ask_.with([&](std::shared_ptr<const access::rule_set>& held) { held = rules; });
    for (const auto& branch : shared.branches) {
        const auto use = [&branch = *branch, rules, terms, accounts_too] {
            branch.use_access(rules, terms, accounts_too);
        };
        if (phase_ == phase::made) {
            use();
        } else {
            branch->post(use);
        }
    }
}

// A will may fire when no client is left to ask, nor to say with which roles it came.
void server::impl::connect_access() {
    shared.listeners.will_allowed = [this](const session::session& whose, const stored_will& will) {
        auto& home = *shared.branches[broker::shard_of(whose.self)];
        return client::may_fire(home.environment(), whose, will);
    };
    shared.listeners.retained_allowed = [this](
                                            const session::session& reader,
                                            const broker::author& by,
                                            const mqtt::routed_message& what
                                        ) {
        auto& home = *shared.branches[broker::shard_of(reader.self)];
        return client::may_be_sent(home.environment(), by, what);
    };
    const auto roles_of = [this](std::string_view user) {
        return accounts ? accounts->roles_of(std::string(user)) : std::vector<std::string>();
    };
    for (const auto& branch : shared.branches) {
        branch->environment().roles_of = roles_of;
    }
}

access_verdict server::impl::may(const access_request& what) const {
    const auto rules =
        rules_to_ask_.with_shared([](const std::shared_ptr<const access::rule_set>& held) {
            return held;
        });
    if (rules == nullptr) {
        return {.reason = "the server has not been started"};
    }
    std::vector<std::string> roles = what.who.roles.value_or(std::vector<std::string>());
    if (!what.who.roles && accounts) {
        roles = accounts->roles_of(what.who.username);
    }
    const access::principal who{
        .user_name = what.who.username,
        .roles = roles,
        .client_id = what.who.client_id,
        .listener = what.who.listener};
    if (const auto refused = rules->refuses_names(who)) {
        return {.reason = std::string(access::to_sentence(*refused))};
    }
    const access::rights rights(rules, who);
    const access::decision made = access::ask(rights, what.action, what.topic, what.quality);
    return {made.allowed, made.maximum_qos, std::string(access::reason_of(made))};
}

access_verdict server::impl::publish_for(const access_subject& whom, message what) {
    const access_action action = what.retain ? access_action::retain : access_action::publish;
    access_verdict said = may({whom, action, what.topic, what.quality});
    home_of(whom.client_id).post([this, whom, said, what = std::move(what)] {
        serving::branch& home = home_of(whom.client_id);
        if (!said.allowed) {
            const auto denied =
                what.retain ? broker::denied_action::retain : broker::denied_action::publish;
            client::tell_denied(
                home.environment(), {whom.client_id, whom.username, denied, what.topic, said.reason}
            );
            return;
        }
        const auto author = shared.directory.authors.with([&](broker::author_names& names) {
            return names.of(whom.username, whom.listener, whom.roles);
        });
        home.broker().publish(what, {0, whom.client_id, *own_policy, author}, home.now_ms());
    });
    return said;
}

}  // namespace lmqtt
