// What access rules say about this client: every path asks here, by whole topics, mount point
// included.
#include "broker/mount.hpp"
#include "client/access_check.hpp"
#include "client/client.hpp"

namespace lmqtt::client {

namespace {

// From where it comes, and by what its listener asks for now.
std::string_view objection_to(const environment& env, const net::connection& through, guest who) {
    if (!env.desk.objection) {
        return {};
    }
    const std::string peer = through.peer().text();
    who.peer = peer;
    who.password_file = env.listeners.at(through.listener())->password_file;
    return env.desk.objection(who);
}

std::string file_of(const environment& env, const session::session& whose) {
    const auto its_owner = static_cast<broker::owner>(whose.owner);
    if (!broker::is_of_file(its_owner)) {
        return {};
    }
    return env.broker.shared().owners.with([its_owner](const broker::owner_names& names) {
        return std::string(names.file_of(its_owner));
    });
}

}  // namespace

// Null: there is no access control.
const access::rights* client::rights() {
    if (!env_.access.restricts()) {
        return nullptr;
    }
    held_rights& mine = more().held();
    if (mine.version != env_.access.version()) {
        if (mine.roles_are_the_accounts && env_.roles_of) {
            mine.roles = env_.roles_of(broker::proved_name(*session_));
        }
        mine.rights = env_.access.rights_of(
            {.user_name = broker::proved_name(*session_),
             .roles = mine.roles,
             .client_id = session_->client_id,
             .listener = rules_->name}
        );
        mine.version = env_.access.version();
    }
    return mine.rights.get();
}

// It may be gone since its password was looked at, which took a while.
bool client::is_known_still(const broker::arrival& who, const approval& by) {
    const std::string_view objection = objection_to(
        env_,
        connection_,
        {.username = by.is_user ? std::string_view(who.username) : std::string_view{},
         .has_account = by.has_account,
         .client_id = who.client_id,
         .of_file = by.of_file}
    );
    if (!objection.empty()) {
        refuse(reason_code::not_authorized, {}, objection);
    }
    return objection.empty();
}

// Before anything is taken over: names that rules can use (C01), and a will that may be published
// (C03).
bool client::is_let_in(const broker::arrival& who, const approval& by) {
    if (!by.roles.empty() || !by.roles_are_the_accounts) {
        more().held().roles = by.roles;
        more().held().roles_are_the_accounts = by.roles_are_the_accounts;
    }
    if (!env_.access.restricts()) {
        return true;
    }
    const access::principal me{
        .user_name = by.is_user ? std::string_view(who.username) : std::string_view{},
        .roles = by.roles,
        .client_id = who.client_id,
        .listener = rules_->name};
    broker::denial told{who.client_id, me.user_name, broker::denied_action::connect, {}, {}};
    if (const auto unusable = env_.access.rules().refuses_names(me)) {
        told.reason = access::to_sentence(*unusable);
        tell_denied(env_, told);
        refuse(reason_code::client_identifier_not_valid, {});
        return false;
    }
    held_rights& mine = more().held();
    mine.rights = env_.access.rights_of(me);
    mine.reviewed = mine.rights;
    mine.version = env_.access.version();
    if (!who.will) {
        return true;
    }
    const access::decision made = mine.rights->may_publish(
        {.topic = who.will->topic, .qos = who.will->quality, .retain = who.will->retain}
    );
    if (!made.allowed) {
        told.action = denied_action_of(made);
        told.topic = who.will->topic;
        told.reason = access::reason_of(made);
        tell_denied(env_, told);
        refuse(reason_code::not_authorized, {});
    }
    return made.allowed;
}

bool client::may_publish(const publish_packet& packet) {
    const access::rights* const mine = rights();
    if (mine == nullptr) {
        return true;
    }
    std::string mounted;
    std::string_view topic = packet.topic;
    if (!rules_->mount_point.empty()) {
        mounted = broker::mounted_topic(rules_->mount_point, packet.topic);
        topic = mounted;
    }
    const access::decision made = mine->may_publish(
        {.topic = topic, .qos = packet.quality, .retain = packet.retain, .is_topic_name = true}
        // admit_publish() has seen to it
    );
    if (!made.allowed) {
        deny(made, denied_action_of(made), topic);
    }
    return made.allowed;
}

// What it may have less of than it wants is granted as far as it may. [MQTT-3.9.3-2]
bool client::may_subscribe(subscription& mounted) {
    const access::rights* const mine = rights();
    if (mine == nullptr) {
        return true;
    }
    const access::decision made = mine->may_subscribe(mounted.topic_filter);
    if (!made.allowed) {
        deny(made, broker::denied_action::subscribe, mounted.topic_filter);
        return false;
    }
    auto& granted = mounted.options.maximum_qos;
    granted = std::min(granted, made.maximum_qos);
    return true;
}

// Each message, whatever way it came (C04, C05): what was allowed when it subscribed counts no
// more (C06).
bool client::may_receive(std::string_view topic) {
    const access::rights* const mine = rights();
    if (mine == nullptr || mine->receives(topic)) {
        return true;
    }
    deny(mine->may_receive(topic), broker::denied_action::receive, topic);
    return false;
}

void client::review() {
    if (session_ == nullptr || ended_) {
        return;
    }
    const std::string file = file_of(env_, *session_);
    const std::string_view objection = objection_to(
        env_,
        connection_,
        {.username = broker::proved_name(*session_),
         .has_account = has_account_,
         .client_id = session_->client_id,
         .of_file = file}
    );
    if (!objection.empty()) {
        // [MQTT-3.14.2-1] A DISCONNECT cannot say "banned".
        return end({reason_code::not_authorized, objection, true});
    }
    const bool held = extras_ && extras_->rights;
    const auto before = held ? extras_->rights->reviewed : nullptr;
    const access::rights* const mine = rights();
    bool has_lost_one = false;
    for (const session::held_subscription& each : session_->subscriptions) {
        qos most = qos::exactly_once;
        if (mine != nullptr) {
            const access::decision now = mine->may_subscribe(each.what.topic_filter);
            const bool was_allowed =
                before == nullptr || before->may_subscribe(each.what.topic_filter).allowed;
            has_lost_one = has_lost_one || (was_allowed && !now.allowed);
            most = now.allowed ? now.maximum_qos : most;
        }
        env_.broker.limit(*session_, each.what, most);
    }
    if (extras_ && extras_->rights) {
        extras_->rights->reviewed = mine == nullptr ? nullptr : extras_->rights->rights;
    }
    if (has_lost_one && env_.access.terms().disconnects) {
        end({reason_code::not_authorized, "has lost a subscription to new access rules", true});
    }
}

void client::deny(
    const access::decision& made, broker::denied_action action, std::string_view topic
) {
    tell_denied(
        env_,
        {session_->client_id,
         broker::proved_name(*session_),
         action,
         topic,
         access::reason_of(made)}
    );
}

}  // namespace lmqtt::client
