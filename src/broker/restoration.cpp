#include "broker/restoration.hpp"

#include "broker/stored_form.hpp"

#include <algorithm>

namespace lmqtt::broker {

restoration::restoration(
    std::span<broker* const> shards,
    home_of home,
    session::policy_ptr rules,
    std::uint64_t cache_bytes
)
    : shards_(shards)
    , home_of_(std::move(home))
    , rules_(std::move(rules))
    , cache_left_(cache_bytes)
    , copies_(shards.size()) {}

void restoration::session(stored_session&& what) {
    const unsigned shard = home_of_(what.about.client_id);
    const bool was_connected = what.about.disconnected_at_ms == 0;
    const std::uint64_t id = what.about.session_id;
    session::session& mine = shards_[shard]->restore(std::move(what), rules_);
    homes_.emplace(id, place_of_session{shard, &mine, was_connected});
}

void restoration::will(change::will_saved&& what) {
    wills_.push_back(std::move(what));
}

// The oldest ones, as far as there is memory for them; what a shared group may have to hand on; and
// QoS 0, which is not read back later.
bool restoration::wants_payload(
    std::uint64_t payload_bytes, std::span<const stored_delivery> places
) {
    const bool fits = payload_bytes <= cache_left_;
    cache_left_ -= fits ? payload_bytes : cache_left_;
    return fits || std::any_of(places.begin(), places.end(), [](const stored_delivery& each) {
               return !each.about.share_filter.empty() || each.about.quality == qos::at_most_once;
           });
}

void restoration::message(
    stored_message&& what,
    bool with_payload,
    std::uint64_t payload_bytes,
    std::span<stored_delivery> places
) {
    const restored_message restored{what, with_payload, routed_memory_of(what, payload_bytes)};
    for (stored_delivery& each : places) {
        if (const auto found = homes_.find(each.about.session_id); found != homes_.end()) {
            restore_place(found->second, restored, std::move(each));
        } else if (each.about.session_id == 0) {
            const stored_place nobodys{0, each.about.position, each.about.quality};
            leftovers_.push_back(
                {routed_form_of(what), {std::move(each.about.share_filter), nobodys}}
            );
        }
    }
    std::fill(copies_.begin(), copies_.end(), mqtt::routed_message_ptr{});
}

// A copy for each shard, because counts are not atomic.
void restoration::restore_place(
    const place_of_session& home, const restored_message& message, stored_delivery&& held
) {
    session::restored_place place;
    place.message_id = message.what.id;
    place.at = held.about.position;
    place.quality = held.about.quality;
    place.retain = held.about.retain;
    place.shared_by = share_tag_of(held.about.share_filter);
    place.received = held.received;
    auto& copy = copies_[home.shard];
    if (!held.received) {
        place.expires_at_ms = message.what.expires_at_ms;
        place.bytes = message.bytes;
        place.beyond = message.bytes > home.where->rules->outbox.maximum_bytes;
        if (message.with_payload && !copy) {
            copy = routed_form_of(message.what);
        }
        place.message = copy;
    }
    if (!held.about.subscription_identifiers.empty()) {
        place.subscription_identifiers =
            std::make_unique<session::identifier_list>(std::move(held.about.subscription_identifiers
            ));
    }
    home.where->out.restore(std::move(place));
    if (held.about.quality == qos::at_most_once) {
        // Stored at a clean stop; from now on it is in memory again, and a crash may take it.
        shards_[home.shard]->changes().stage_lazily(change::delivery_removed{
            message.what.id, held.about.session_id, held.about.position});
    }
    if (!held.received && copy && held.about.share_filter.empty()) {
        shards_[home.shard]->pages().queued(*home.where, held.about.position, *copy, 0);
    }
}

void restoration::retained(stored_message&& what, const std::optional<stored_author>& by) {
    broker& any = *shards_.front();
    if (what.quality == qos::at_most_once && !any.options().stores_retained_qos0) {
        any.changes().stage_lazily(change::retained_removed{
            what.topic, any.shared().next_message_id()});
        return;
    }
    author_ptr author;
    if (by) {
        author = any.shared().authors.with([&by](author_names& names) {
            return names.of(by->username, by->listener, by->roles);
        });
    }
    any.shared().retained.with([&](retained_messages& retained) {
        retained.put(*routed_form_of(what), any.options().retained, std::move(author));
    });
}

void restoration::finish(std::int64_t now_ms) {
    for (const auto& [id, each] : homes_) {
        shards_[each.shard]->order_restored(*each.where, each.was_connected, now_ms);
    }
    // Only then, because a will is queued like any message.
    for (const auto& [id, each] : homes_) {
        shards_[each.shard]->settle_restored(*each.where, each.was_connected, now_ms);
    }
    for (change::will_saved& each : wills_) {
        shards_[home_of_(each.client_id)]->fire_restored(std::move(each), rules_, now_ms);
    }
    shards_.front()->redistribute(std::exchange(leftovers_, {}), now_ms);
}

// ---- the broker's part

session::session& broker::restore(stored_session&& held, const session::policy_ptr& rules) {
    const change::session_saved& about = held.about;
    session::session& mine = registry_.create(about.client_id);
    mine.set_username(about.username);
    mine.owner = static_cast<std::uint16_t>(shared_.owners.with([&about](owner_names& names) {
        return names.read(about.owner, about.username);
    }));
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
    shared_.places.with([&mine](session_places& places) { places.add(place_holder_of(mine)); });
    set_shared_members_online(mine, false);
    return mine;
}

void broker::order_restored(session::session& who, bool was_connected, std::int64_t now_ms) {
    const std::uint16_t window =
        std::min<std::uint16_t>(who.receive_maximum, who.rules->outbox.maximum_inflight);
    who.out.finish_restoring(was_connected ? window : 0, now_ms);
}

void broker::settle_restored(session::session& who, bool was_connected, std::int64_t now_ms) {
    if (was_connected && !who.outlives_connection()) {
        end_session(who, termination::normal, now_ms);
    } else if (was_connected) {
        who.disconnected_at_ms = now_ms;
        save(who);
        schedule_will(who, now_ms);
    } else if (who.will && who.will->fire_at_ms != 0) {
        wills_.emplace(who.will->fire_at_ms, who.self);
    }
}

}  // namespace lmqtt::broker
