// SUBSCRIBE and UNSUBSCRIBE, and the retained messages a new subscription is owed.
#include "broker/admissible.hpp"
#include "broker/broker.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <limits>

namespace lmqtt::broker {

namespace {

// How many topics one look at the retained index visits before other clients have their turn.
constexpr std::size_t visits_a_turn = 1000;
// And how much of what it finds is copied.
constexpr std::uint64_t copied_a_turn = 4 * 1024 * 1024;

}  // namespace

subscribed broker::subscribe(session::session& who, subscription what) {
    const bool held = who.find(what.topic_filter) != nullptr;
    if (!held && who.subscriptions.size() >= who.rules->maximum_subscriptions) {
        return {};
    }
    index_subscription(who, what);
    numbers().subscribes.add();
    numbers().subscriptions_current.add(held ? 0 : 1);
    // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]; never for shared subscriptions [X-SUB-2]
    const auto handling = what.options.retain_handling;
    const bool resend =
        !admissible::is_shared(what.topic_filter) && (handling == 0 || (handling == 1 && !held));
    subscribed result{static_cast<reason_code>(what.options.maximum_qos), resend, 0};
    if (who.stored_id != 0) {
        result.committed_by = journal_.stage(change::subscription_saved{who.stored_id, what});
    }
    who.subscribe(std::move(what));
    return result;
}

void broker::index_subscription(const session::session& who, const subscription& what) {
    const auto filter = topic::parse_filter(what.topic_filter, {});
    LMQTT_ASSERT(filter);
    shared_.subscriptions.with([&](topic::subscription_index& index) {
        const topic::subscriber entry{who.self, what.options, what.subscription_identifier};
        if (filter->shared()) {
            index.add_shared(filter->share_name, filter->filter, entry);
        } else {
            index.add(filter->filter, entry);
        }
    });
}

void broker::limit(const session::session& who, const subscription& granted, qos maximum) {
    const auto filter = topic::parse_filter(granted.topic_filter, {});
    topic::subscriber entry{who.self, granted.options, granted.subscription_identifier};
    entry.options.maximum_qos = std::min(granted.options.maximum_qos, maximum);
    const bool is_so = shared_.subscriptions.with_shared([&](const topic::subscription_index& all) {
        const topic::subscriber* filed = nullptr;
        if (!filter->shared()) {
            filed = all.find(filter->filter, who.self);
        } else if (const auto* group = all.find_shared(filter->share_name, filter->filter)) {
            filed = group->find(who.self);
        }
        return filed == nullptr || filed->options == entry.options;
    });
    if (is_so) {
        return;
    }
    shared_.subscriptions.with([&](topic::subscription_index& index) {
        if (filter->shared()) {
            index.add_shared(filter->share_name, filter->filter, entry);
            index.set_shared_online(filter->share_name, filter->filter, who.self, who.attached());
        } else {
            index.add(filter->filter, entry);
        }
    });
    if (const auto pending = replays_.find(who.self); pending != replays_.end()) {
        for (replay& each : pending->second) {
            if (each.what.topic_filter == granted.topic_filter) {
                each.what.options = entry.options;
            }
        }
    }
}

// True if it was there. [MQTT-3.10.4-1]
bool broker::unsubscribe(
    session::session& who, std::string_view topic_filter, ticket& committed_by
) {
    const auto filter = topic::parse_filter(topic_filter, {});
    if (!filter || !who.unsubscribe(topic_filter)) {
        return false;
    }
    shared_.subscriptions.with([&](topic::subscription_index& index) {
        if (filter->shared()) {
            index.remove_shared(filter->share_name, filter->filter, who.self);
        } else {
            index.remove(filter->filter, who.self);
        }
    });
    if (const auto pending = replays_.find(who.self); pending != replays_.end()) {
        std::erase_if(pending->second, [&](const replay& each) {
            return each.what.topic_filter == topic_filter;
        });
    }
    numbers().unsubscribes.add();
    numbers().subscriptions_current.subtract();
    if (who.stored_id != 0) {
        committed_by =
            journal_.stage(change::subscription_removed{who.stored_id, std::string(topic_filter)});
    }
    return true;
}

void broker::replay_retained(session::session& who, std::string_view topic_filter) {
    const session::held_subscription* const held = who.find(topic_filter);
    if (held == nullptr) {
        return;
    }
    auto& pending = replays_[who.self];
    std::erase_if(pending, [&](const replay& each) {
        return each.what.topic_filter == topic_filter;
    });
    pending.push_back({held->what, shared_.last_message_id.load(), {}});
    mark_ready(who);
}

bool broker::continue_replays(session::session& who, std::int64_t now_ms) {
    if (replays_.empty()) {
        return false;
    }
    const auto pending = replays_.find(who.self);
    if (pending == replays_.end()) {
        return false;
    }
    auto& list = pending->second;
    while (!list.empty()) {
        const replay_room room = room_for_replay(who);
        const replay_step done = room.messages == 0 ? replay_step::no_room
                                                    : replay_some(who, list.front(), room, now_ms);
        if (done != replay_step::complete) {
            return done == replay_step::more;  // whoever makes room makes the session ready
        }
        list.erase(list.begin());
    }
    replays_.erase(pending);
    return false;
}

// Retained messages fill a queue only half, so that live ones still find their place; but one that
// is larger has its turn as well, and an empty queue takes any.
replay_room broker::room_for_replay(const session::session& who) const {
    const auto& limits = who.rules->outbox;
    const std::size_t half = std::max<std::size_t>(1, limits.maximum_messages / 2);
    const std::uint64_t half_bytes = limits.maximum_bytes / 2;
    const std::uint64_t taken = who.out.bytes();
    if (who.out.size() >= half || taken > half_bytes) {
        return {};
    }
    return {
        .messages = std::min(half - who.out.size(), visits_a_turn),
        .bytes = std::min(half_bytes - taken, copied_a_turn),
        .bytes_of_first = who.out.size() == 0 ? std::numeric_limits<std::uint64_t>::max()
                                              : limits.maximum_bytes - taken};
}

// The index is looked through as far as there is room: what is found is copied.
replay_step broker::replay_some(
    session::session& who, replay& each, const replay_room& room, std::int64_t now_ms
) {
    std::vector<kept_message> found;
    std::uint64_t bytes = 0;
    bool is_full = false;
    const auto filter = topic::parse_filter(each.what.topic_filter, {});
    const bool asks_for_author = static_cast<bool>(listeners_.retained_allowed);
    const bool complete = shared_.retained.with_shared([&](const retained_messages& retained) {
        return retained.index()
            .match(filter->filter, each.cursor, room.messages, [&](const kept_message& kept) {
                const mqtt::routed_message& message = *kept.message;
                const bool lives = message.expires_at_ms() == 0 || message.expires_at_ms() > now_ms;
                if (!lives || message.id() > each.newest) {
                    return true;
                }
                bytes += message.memory();
                is_full = bytes > (found.empty() ? room.bytes_of_first : room.bytes);
                if (!is_full) {
                    found.push_back({message.copy(), asks_for_author ? kept.by : nullptr});
                }
                return !is_full;
            });
    });
    for (const auto& [message, by] : found) {
        if (by && !listeners_.retained_allowed(who, *by, *message)) {
            continue;
        }
        delivery one{&who, each.what.options, 0, nullptr};
        one.options.retain_as_published = true;  // [MQTT-3.3.1-8] of 3.1.1: RETAIN is 1 here
        if (each.what.subscription_identifier != 0) {
            one.identifiers =
                std::make_unique<session::identifier_list>(1, each.what.subscription_identifier);
        }
        local_result unused;
        queue(message, one, now_ms, unused);
    }
    if (is_full) {
        // What was found may not be this client's, and then nothing will leave and make room.
        return who.out.size() == 0 ? replay_step::more : replay_step::no_room;
    }
    return complete ? replay_step::complete : replay_step::more;
}

}  // namespace lmqtt::broker
