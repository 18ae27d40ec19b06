// CONNECT to session, and back: clean start, resumption, departure, end.
#include "base/assert.hpp"
#include "broker/broker.hpp"
#include "topic/topic_filter.hpp"

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
    session::session* existing = registry_.find(who.client_id);
    LMQTT_ASSERT(existing == nullptr || !existing->attached());
    if (existing != nullptr && existing->expired(now_ms)) {
        end_session(
            *existing, who.clean_start ? termination::taken_over : termination::expired, now_ms
        );
        existing = nullptr;
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
        end_session(*existing, termination::taken_over, now_ms);  // [MQTT-3.1.2-4]
        existing = nullptr;
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
    if (mine.will && mine.stored_id != 0) {
        journal_.stage(change::will_removed{mine.stored_id});
    }
    mine.will = std::move(who.will);  // [MQTT-3.1.3-9] a will still pending is forgotten
    mine.answers.clear();
    mine.out.attach(who.terms, mine.rules->outbox);
    set_shared_members_online(mine, true);
    result.where = &mine;
    result.committed_by = save(mine);
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
    if (!how.publish_will && who.will) {
        who.will.reset();  // [MQTT-3.1.2-10]
        if (who.stored_id != 0) {
            journal_.stage(change::will_removed{who.stored_id});
        }
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

// While its subscriptions still say which group a message came through. What no other member can
// take stays, and is counted as dropped.
std::vector<leftover> broker::take_shared_leftovers(session::session& who) {
    std::vector<leftover> taken;
    for (const auto& held : who.subscriptions) {
        const auto filter = topic::parse_filter(held.what.topic_filter, {});
        if (!filter->shared() || !has_other_members(*filter)) {
            continue;
        }
        const std::uint32_t tag = group_tag(filter->share_name, filter->filter);
        for (auto& message : who.out.take_shared_leftovers(tag)) {
            taken.push_back({std::move(message), held.what.topic_filter});
        }
    }
    return taken;
}

bool broker::has_other_members(const topic::parsed_filter& filter) const {
    return shared_.subscriptions.with_shared([&](const topic::subscription_index& index) {
        const auto* group = index.find_shared(filter.share_name, filter.filter);
        return group != nullptr && group->size() > 1;
    });
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

ticket broker::save(session::session& who) {
    if (!journal_.durable()) {
        return 0;
    }
    if (!who.outlives_connection()) {
        if (who.stored_id != 0) {
            journal_.stage(change::session_removed{std::exchange(who.stored_id, 0)});
        }
        return journal_.last();
    }
    const bool is_new = who.stored_id == 0;
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
    if (who.will && who.attached()) {
        journal_.stage(change::will_saved{who.stored_id, *who.will});
    }
    return saved;
}

}  // namespace lmqtt::broker
