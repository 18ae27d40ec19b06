// Wills: when they fire, and what the store knows of them. [MQTT-3.1.2-8]
//
// A will is stored under an id of its own, and goes from the store in one transaction with all that
// is delivered of it, on whatever shard.
#include "broker/broker.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::broker {

namespace {

author_ptr author_of(const stored_will& will, const session::session& who, directory& shared) {
    const auto its_owner = static_cast<owner>(who.owner);
    std::string listener = who.rules->listener;
    if (listener.empty()) {
        listener = shared.owners.with([its_owner](const owner_names& names) {
            return std::string(names.listener_of(its_owner));
        });
    }
    return shared.authors.with([&](author_names& names) {
        return names.of(proved_name(who), listener, will.roles);
    });
}

}  // namespace

void broker::save_will(session::session& who) {
    if (!who.will || !journal_.durable()) {
        return;
    }
    if (who.will->id == 0) {
        who.will->id = shared_.next_message_id();
    }
    keep_will(who, *who.will, who.stored_id);
}

// Nobody waits for what is known of a session that ends with its connection.
void broker::keep_will(
    const session::session& who, const stored_will& will, std::uint64_t session_id
) {
    change::will_saved saved{
        session_id,
        who.client_id,
        std::string(who.username()),
        shared_.owners.with([&who](const owner_names& names) {
            return names.text_of(static_cast<owner>(who.owner), who.username());
        }),
        will,
    };
    who.stored_id != 0 ? journal_.stage(std::move(saved)) : journal_.stage_lazily(std::move(saved));
}

void broker::forget_will(session::session& who) {
    if (const auto will = std::exchange(who.will, nullptr)) {
        remove_will(who, *will, {});
    }
}

void broker::remove_will(
    const session::session& who, const stored_will& will, const routed& published
) {
    if (will.id == 0) {
        return;
    }
    change::will_removed removed{will.id};
    if (published.linked) {
        // Until the others have stored their part it is due, whatever becomes of its session.
        keep_will(who, will, 0);
        removed.message_id = published.message_id;
        removed.other_shards = published.other_shards;
    }
    who.stored_id != 0 || published.linked ? journal_.stage(removed)
                                           : journal_.stage_lazily(removed);
}

// The delay, or the end of the session, whichever comes first.
void broker::schedule_will(session::session& who, std::int64_t now_ms) {
    if (!who.will) {
        return;
    }
    const std::uint32_t delay = std::min(who.will->delay_seconds, who.expiry_interval_seconds);
    if (delay == 0) {
        publish_will(who, now_ms);
        return;
    }
    who.will->fire_at_ms = now_ms + std::int64_t{delay} * 1000;
    wills_.emplace(who.will->fire_at_ms, who.self);
    save_will(who);
}

// True: those before have to be delivered, and then there are more.
bool broker::fire_wills(std::int64_t now_ms) {
    while (!wills_.empty() && wills_.begin()->first <= now_ms) {
        if (has_queued_a_burst()) {
            return true;
        }
        const auto [due, whose] = *wills_.begin();
        wills_.erase(wills_.begin());
        session::session* const who = registry_.resolve(whose);
        // A client that came back took its will away, or brought a new one. [MQTT-3.1.3-9]
        if (who != nullptr && !who->attached() && who->will && who->will->fire_at_ms == due) {
            publish_will(*who, now_ms);
        }
    }
    return false;
}

void broker::publish_will(session::session& who, std::int64_t now_ms) {
    if (const auto will = std::exchange(who.will, nullptr)) {  // [MQTT-3.1.2-10] once
        remove_will(who, *will, publish_will(who, *will, now_ms));
    }
}

routed
broker::publish_will(const session::session& who, const stored_will& will, std::int64_t now_ms) {
    if (listeners_.will_allowed && !listeners_.will_allowed(who, will)) {
        return {};
    }
    message what;
    what.topic = will.topic;
    what.payload = will.payload;
    what.quality = will.quality;
    what.retain = will.retain;  // [MQTT-3.1.2-14] [MQTT-3.1.2-15]
    what.properties = properties::from_wire(will.properties);
    if (listeners_.will_publish && !listeners_.will_publish(who.client_id, what)) {
        return {};
    }
    const author_ptr author = what.retain ? author_of(will, who, shared_) : nullptr;
    const routed result =
        publish(what, {who.self, who.client_id, *who.rules, author, will.id != 0}, now_ms);
    numbers().wills_published.add();
    if (listeners_.will_published) {
        listeners_.will_published(who.client_id, what);
    }
    return result;
}

void broker::fire_restored(
    change::will_saved&& held, const session::policy_ptr& rules, std::int64_t now_ms
) {
    session::session gone;
    gone.client_id = std::move(held.client_id);
    gone.set_username(std::move(held.username));
    gone.owner = static_cast<std::uint16_t>(shared_.owners.with([&](owner_names& names) {
        return names.read(held.owner, gone.username());
    }));
    gone.rules = rules;
    gone.will = std::make_unique<stored_will>(std::move(held.will));
    if (const auto* const next = registry_.find(gone.client_id)) {
        gone.self = next->self;  // [MQTT-3.8.3-3] it is the same client
    }
    publish_will(gone, now_ms);
}

}  // namespace lmqtt::broker
