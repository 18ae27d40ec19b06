// What happens because time passes: wills fire, sessions and retained messages end.
#include "broker/broker.hpp"

#include <algorithm>

namespace lmqtt::broker {

namespace {

std::int64_t milliseconds(std::uint32_t seconds) {
    return std::int64_t{seconds} * 1000;
}

author_ptr author_of(const stored_will& will, const session::session& who, directory& shared) {
    const auto its_owner = static_cast<owner>(who.owner);
    std::string listener = who.rules->listener;
    if (listener.empty()) {
        listener = shared.owners.with([its_owner](const owner_names& names) {
            return std::string(names.listener_of(its_owner));
        });
    }
    const std::string_view user = is_user(its_owner) ? who.username() : std::string_view();
    return shared.authors.with([&](author_names& names) {
        return names.of(user, listener, will.roles);
    });
}

}  // namespace

// [MQTT-3.1.2-8] The delay, or the end of the session, whichever comes first.
void broker::schedule_will(session::session& who, std::int64_t now_ms) {
    if (!who.will) {
        return;
    }
    const std::uint32_t delay = std::min(who.will->delay_seconds, who.expiry_interval_seconds);
    if (delay == 0) {
        publish_will(who, now_ms);
        return;
    }
    who.will->fire_at_ms = now_ms + milliseconds(delay);
    wills_.emplace(who.will->fire_at_ms, who.self);
    if (who.stored_id != 0) {
        journal_.stage(change::will_saved{who.stored_id, *who.will});
    }
}

void broker::fire_wills(std::int64_t now_ms) {
    while (!wills_.empty() && wills_.begin()->first <= now_ms) {
        const auto [due, whose] = *wills_.begin();
        wills_.erase(wills_.begin());
        session::session* const who = registry_.resolve(whose);
        // A client that came back took its will away, or brought a new one. [MQTT-3.1.3-9]
        if (who != nullptr && !who->attached() && who->will && who->will->fire_at_ms == due) {
            publish_will(*who, now_ms);
        }
    }
}

void broker::publish_will(session::session& who, std::int64_t now_ms) {
    if (!who.will) {
        return;
    }
    const auto will = std::exchange(who.will, nullptr);  // [MQTT-3.1.2-10] once
    if (who.stored_id != 0) {
        journal_.stage(change::will_removed{who.stored_id});
    }
    if (listeners_.will_allowed && !listeners_.will_allowed(who, *will)) {
        return;
    }
    message what;
    what.topic = will->topic;
    what.payload = will->payload;
    what.quality = will->quality;
    what.retain = will->retain;  // [MQTT-3.1.2-14] [MQTT-3.1.2-15]
    what.properties = properties::from_wire(will->properties);
    if (listeners_.will_publish && !listeners_.will_publish(who.client_id, what)) {
        return;
    }
    const author_ptr author = what.retain ? author_of(*will, who, shared_) : nullptr;
    publish(what, {who.self, who.client_id, *who.rules, author}, now_ms);
    numbers().wills_published.add();
    if (listeners_.will_published) {
        listeners_.will_published(who.client_id, what);
    }
}

routed broker::publish(const message& what, const sender& from, std::int64_t now_ms) {
    const property_view given = what.properties;
    const auto interval = given[prop::message_expiry_interval];
    publication next;
    next.topic = what.topic;
    next.payload = what.payload;
    next.properties = given.wire();
    next.publisher = from.client_id;
    next.author = from.author;
    next.origin = from.origin;
    next.quality = what.quality;
    next.retain = what.retain;
    next.expiry_given = interval.has_value();
    next.expires_at_ms = expiry_time(interval, from.rules.message_expiry_cap_seconds, now_ms);
    return route(next, {}, nullptr, now_ms);
}

void broker::publish_status(std::string_view topic, std::string_view payload, std::int64_t now_ms) {
    publication what;
    what.topic = topic;
    what.payload = payload;
    const auto message = make_message(what, now_ms);
    shared_.retained.with([&](retained_messages& retained) { retained.put_status(*message); });
    route(what, {}, nullptr, now_ms);
}

std::int64_t expiry_time(
    std::optional<std::uint32_t> interval_seconds, std::uint32_t cap_seconds, std::int64_t now_ms
) {
    if (!interval_seconds && cap_seconds == session::never_expires) {
        return 0;
    }
    return now_ms + milliseconds(std::min(interval_seconds.value_or(cap_seconds), cap_seconds));
}

void broker::expire_sessions(std::int64_t now_ms) {
    std::vector<handle> late;
    std::size_t messages = 0;
    std::uint64_t bytes = 0;
    registry_.for_each([&](session::session& each) {
        messages += each.out.size();
        bytes += each.out.bytes();
        if (each.expired(now_ms)) {
            late.push_back(each.self);
        }
    });
    numbers().queued_messages.set(static_cast<std::int64_t>(messages));
    numbers().queued_bytes.set(static_cast<std::int64_t>(bytes));
    for (const handle each : late) {
        if (session::session* const who = registry_.resolve(each)) {
            end_session(*who, termination::expired, now_ms);
        }
    }
}

void broker::expire_retained(std::int64_t now_ms) {
    std::uint64_t number = 0;
    const auto gone = shared_.retained.with([&](retained_messages& retained) {
        number = shared_.next_message_id();
        return retained.sweep(now_ms);
    });
    for (const auto& topic : gone) {
        journal_.stage_lazily(change::retained_removed{topic, number});
    }
}

}  // namespace lmqtt::broker
