// CONNECT to session, and back: clean start, resumption, departure, end.
#include "base/assert.hpp"
#include "broker/broker.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::broker {

namespace {

struct claim {
    place_holder of;
    const session::session* existing;
    bool clean_start;
};

// What is there already is never refused: whoever comes takes its place, which is given back for
// whom it was counted: now if the session stays, else when it ends.
bool take_place(session_places& places, const claim& to, const session_limits& limits) {
    if (to.existing == nullptr) {
        return places.take(to.of, limits);
    }
    places.add(to.of);
    if (!to.clean_start) {
        places.give_back(place_holder_of(*to.existing));
    }
    return true;
}

}  // namespace

attachment broker::attach(arrival&& who, std::int64_t now_ms) {
    attachment result;
    ticket ended_by = 0;
    session::session* existing = registry_.find(who.client_id);
    LMQTT_ASSERT(existing == nullptr || !existing->attached());
    const auto end = [&](termination why) {
        const bool was_stored = existing->stored_id != 0;
        end_session(*std::exchange(existing, nullptr), why, now_ms);
        ended_by = was_stored ? journal_.last() : ended_by;
    };
    if (existing != nullptr && existing->expired(now_ms)) {
        end(who.clean_start ? termination::taken_over : termination::expired);
    }
    const owner whose =
        shared_.owners.with([&who](owner_names& names) { return names.of(who.who); });
    const bool has_place = shared_.places.with([&](session_places& places) {
        return take_place(
            places, {{whose, who.who.username}, existing, who.clean_start}, options_.sessions
        );
    });
    if (!has_place) {
        numbers().sessions_refused.add();
        return result;
    }
    if (existing != nullptr && who.clean_start) {
        end(termination::taken_over);  // [MQTT-3.1.2-4]
    }
    result.session_present = existing != nullptr;
    session::session& mine =
        existing != nullptr ? *existing : registry_.create(std::move(who.client_id));
    if (!result.session_present) {
        numbers().sessions_current.add();
        mine.created_at_ms = now_ms;
    }
    mine.owner = static_cast<std::uint16_t>(whose);
    mine.set_username(std::move(who.username));
    mine.version = who.version;
    mine.connection = who.connection;
    mine.rules = std::move(who.rules);
    mine.receive_maximum = who.terms.receive_maximum;
    mine.maximum_packet_size = who.terms.maximum_packet_size;
    mine.expiry_interval_seconds = who.expiry_interval_seconds;
    mine.connected_at_ms = now_ms;
    mine.disconnected_at_ms = 0;
    forget_will(mine);  // [MQTT-3.1.3-9] though it is still pending
    mine.will = std::move(who.will);
    mine.answers.clear();
    mine.out.attach(who.terms, mine.rules->outbox);
    set_shared_members_online(mine, true);
    result.where = &mine;
    result.committed_by = std::max(ended_by, save(mine));
    save_will(mine);
    (result.session_present ? numbers().sessions_resumed : numbers().sessions_created).add();
    mark_ready(mine);
    return result;
}

void broker::detach(session::session& who, const departure& how, std::int64_t now_ms) {
    who.connection = 0;
    who.out.detach();
    who.answers.clear();
    who.disconnected_at_ms = now_ms;
    if (how.expiry_interval_seconds) {
        who.expiry_interval_seconds = *how.expiry_interval_seconds;
    }
    if (!how.publish_will) {
        forget_will(who);  // [MQTT-3.1.2-10]
    }
    if (!who.outlives_connection()) {
        end_session(who, termination::normal, now_ms);
        return;
    }
    set_shared_members_online(who, false);
    schedule_will(who, now_ms);
    save(who);
}

void broker::end_session(session::session& who, termination why, std::int64_t now_ms) {
    who.connection = 0;
    std::vector<leftover> leftovers = take_shared_leftovers(who);
    withdraw_subscriptions(who);
    // [MQTT-3.1.2-8] The end of the session does not wait for the will's delay.
    publish_will(who, now_ms);
    redistribute(std::move(leftovers), now_ms);
    who.out.drain(drops_);
    account_drops(who, now_ms);
    replays_.erase(who.self);
    if (who.stored_id != 0) {
        journal_.stage(change::session_removed{who.stored_id});
    }
    (why == termination::expired ? numbers().sessions_expired : numbers().sessions_ended).add();
    numbers().sessions_current.subtract();
    shared_.places.with([&who](session_places& places) { places.give_back(place_holder_of(who)); });
    const std::string client_id = who.client_id;
    registry_.remove(who);
    if (listeners_.session_terminated) {
        listeners_.session_terminated(client_id, why);
    }
}

void broker::withdraw_subscriptions(session::session& who) {
    if (who.subscriptions.empty()) {
        return;
    }
    shared_.subscriptions.with([&](topic::subscription_index& index) {
        for (const auto& held : who.subscriptions) {
            const auto filter = topic::parse_filter(held.what.topic_filter, {});
            if (filter->shared()) {
                index.remove_shared(filter->share_name, filter->filter, who.self);
            } else {
                index.remove(filter->filter, who.self);
            }
        }
    });
    numbers().subscriptions_current.subtract(static_cast<std::int64_t>(who.subscriptions.size()));
    who.subscriptions.clear();
}

void broker::set_shared_members_online(session::session& who, bool online) {
    for (const auto& held : who.subscriptions) {
        const auto filter = topic::parse_filter(held.what.topic_filter, {});
        if (filter->shared()) {
            shared_.subscriptions.with([&](topic::subscription_index& index) {
                index.set_shared_online(filter->share_name, filter->filter, who.self, online);
            });
        }
    }
}

// Resumed by a connection that does not want to keep it, it stays stored until it ends: after a
// crash, what it has of shared groups is for others.
ticket broker::save(session::session& who) {
    if (!journal_.durable()) {
        return 0;
    }
    const bool is_new = who.stored_id == 0;
    if (is_new && !who.outlives_connection()) {
        return 0;
    }
    if (is_new) {
        who.stored_id = ++shared_.last_stored_session_id;
    }
    const ticket saved = journal_.stage(change::session_saved{
        who.stored_id,
        who.client_id,
        who.version,
        std::string(who.username()),
        who.created_at_ms,
        who.connected_at_ms,
        who.disconnected_at_ms,
        who.expiry_interval_seconds,
        who.receive_maximum,
        who.maximum_packet_size,
        who.out.sent_position(),
        shared_.owners.with([&who](const owner_names& names) {
            return names.text_of(static_cast<owner>(who.owner), who.username());
        }),
    });
    // What follows refers to the session.
    if (is_new) {
        for (const auto& held : who.subscriptions) {
            journal_.stage(change::subscription_saved{who.stored_id, held.what});
        }
    }
    return saved;
}

}  // namespace lmqtt::broker
