#include "broker/restoration.hpp"

#include "broker/stored_form.hpp"

namespace lmqtt::broker {

restoration::restoration(
    std::span<broker* const> shards, home_of home, session::policy_ptr rules, std::int64_t now_ms
)
    : shards_(shards)
    , home_of_(std::move(home))
    , rules_(std::move(rules))
    , now_ms_(now_ms) {}

void restoration::session(stored_session&& what) {
    broker* const shard = shards_[home_of_(what.about.client_id)];
    const bool was_connected = what.about.disconnected_at_ms == 0;
    const std::uint64_t id = what.about.session_id;
    homes_.emplace(
        id, place_of_session{shard, &shard->restore(std::move(what), rules_), was_connected}
    );
}

bool restoration::wants_payload(std::uint64_t /*payload_bytes*/) {
    return true;
}

// A copy for each shard, because counts are not atomic.
void restoration::message(
    stored_message&& what,
    bool /*with_payload*/,
    std::uint64_t /*payload_bytes*/,
    std::span<stored_delivery> places
) {
    std::unordered_map<broker*, mqtt::routed_message_ptr> copies;
    for (stored_delivery& each : places) {
        const auto found = homes_.find(each.about.session_id);
        if (found == homes_.end()) {
            continue;
        }
        session::restored_place place;
        place.message_id = what.id;
        place.at = each.about.position;
        place.quality = each.about.quality;
        place.retain = each.about.retain;
        place.shared_by = share_tag_of(each.about.share_filter);
        if (!each.received) {
            auto& message = copies[found->second.shard];
            if (!message) {
                message = routed_form_of(what);
            }
            place.message = message;
        }
        if (!each.about.subscription_identifiers.empty()) {
            place.subscription_identifiers = std::make_unique<session::identifier_list>(
                std::move(each.about.subscription_identifiers)
            );
        }
        found->second.where->out.restore(std::move(place));
    }
}

void restoration::retained(stored_message&& what) {
    shards_.front()->restore_retained(*routed_form_of(what));
}

void restoration::finish() {
    for (const auto& [id, each] : homes_) {
        each.shard->order_restored(*each.where, each.was_connected, now_ms_);
    }
    // Only then, because a will is queued like any message.
    for (const auto& [id, each] : homes_) {
        each.shard->settle_restored(*each.where, each.was_connected, now_ms_);
    }
}

// ---- the broker's part

session::session& broker::restore(stored_session&& held, const session::policy_ptr& rules) {
    const change::session_saved& about = held.about;
    session::session& mine = registry_.create(about.client_id);
    mine.set_username(about.username);
    mine.stored_id = about.session_id;
    mine.version = about.version;
    mine.rules = rules;
    mine.created_at_ms = about.created_at_ms;
    mine.connected_at_ms = about.connected_at_ms;
    mine.disconnected_at_ms = about.disconnected_at_ms;
    mine.expiry_interval_seconds = about.expiry_interval_seconds;
    mine.receive_maximum = about.receive_maximum;
    mine.maximum_packet_size = about.maximum_packet_size;
    mine.out.restore_sent_position(about.sent_position);
    for (const std::uint16_t each : held.packet_ids_taken) {
        mine.received.insert(each);
    }
    if (held.will) {
        mine.will = std::make_unique<stored_will>(std::move(*held.will));
    }
    for (subscription& each : held.subscriptions) {
        index_subscription(mine, each);
        mine.subscribe(std::move(each));
    }
    numbers().subscriptions_current.add(static_cast<std::int64_t>(mine.subscriptions.size()));
    numbers().sessions_current.add();
    shared_.sessions.fetch_add(1);
    set_shared_members_online(mine, false);
    return mine;
}

void broker::restore_retained(const mqtt::routed_message& message) {
    shared_.retained.with([&](retained_messages& retained) {
        retained.put(message, options_.retained);
    });
}

void broker::order_restored(session::session& who, bool was_connected, std::int64_t now_ms) {
    const std::uint16_t window =
        std::min<std::uint16_t>(who.receive_maximum, who.rules->outbox.maximum_inflight);
    who.out.finish_restoring(was_connected ? window : 0, now_ms);
}

void broker::settle_restored(session::session& who, bool was_connected, std::int64_t now_ms) {
    if (was_connected) {
        who.disconnected_at_ms = now_ms;
        save(who);
        schedule_will(who, now_ms);
    } else if (who.will && who.will->fire_at_ms != 0) {
        wills_.emplace(who.will->fire_at_ms, who.self);
    }
}

}  // namespace lmqtt::broker
