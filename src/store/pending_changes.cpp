#include "store/pending_changes.hpp"

namespace lmqtt::persistence {

namespace {

std::size_t mix(std::size_t hash, std::uint64_t number) {
    return (hash ^ number) * 0x9e37'79b9'7f4a'7c15 ^ (hash >> 29U);
}

}  // namespace

std::size_t pending_changes::pair_hash::operator()(const delivery_key& key) const {
    return mix(mix(mix(0, key.message_id), key.session_id), key.position);
}

std::size_t
pending_changes::pair_hash::operator()(const std::pair<std::uint64_t, std::uint64_t>& key) const {
    return mix(mix(0, key.first), key.second);
}

std::vector<std::uint64_t> pending_changes::add(std::vector<store_change>&& changes) {
    touched_.clear();
    for (store_change& each : changes) {
        std::visit([this](auto& what) { take(std::move(what)); }, each);
    }
    return std::exchange(touched_, {});
}

pending_changes::linked_group& pending_changes::touch_group(std::uint64_t message_id) {
    if (touched_.empty() || touched_.back() != message_id) {
        touched_.push_back(message_id);
    }
    return groups_[message_id];
}

void pending_changes::open_group(
    std::uint64_t message_id, std::uint16_t other_shards, store_change&& held
) {
    linked_group& whole = touch_group(message_id);
    whole.shards_expected = other_shards;
    whole.held.push_back(std::move(held));
    close_if_complete(message_id);
}

void pending_changes::close_if_complete(std::uint64_t message_id) {
    const auto found = groups_.find(message_id);
    if (found->second.shards_expected != found->second.shards_seen) {
        return;
    }
    linked_group whole = std::move(found->second);
    groups_.erase(found);
    for (store_change& each : whole.held) {
        std::visit([this](auto& what) { take(std::move(what)); }, each);
    }
}

// A delivery that is dropped before its group is complete.
bool pending_changes::take_from_group(const delivery_key& key) {
    const auto found = groups_.find(key.message_id);
    if (found == groups_.end()) {
        return false;
    }
    return std::erase_if(found->second.held, [&](const store_change& each) {
               const auto* const saved = std::get_if<change::delivery_saved>(&each);
               return saved != nullptr && saved->session_id == key.session_id &&
                      saved->position == key.position;
           }) != 0;
}

// A delivery that becomes another's before its group is complete.
bool pending_changes::move_in_group(const delivery_key& key, const change::delivery_saved& to) {
    if (!is_open(key.message_id)) {
        return false;
    }
    for (store_change& each : touch_group(key.message_id).held) {
        auto* const saved = std::get_if<change::delivery_saved>(&each);
        if (saved != nullptr && saved->session_id == key.session_id &&
            saved->position == key.position) {
            *saved = to;
            return true;
        }
    }
    return false;
}

pending_changes::index pending_changes::keep(store_change&& what) {
    items_.push_back({std::move(what)});
    ++live_;
    return items_.size() - 1;
}

void pending_changes::cancel(index which) {
    if (items_[which].live) {
        items_[which].live = false;
        --live_;
    }
}

void pending_changes::clear() {
    items_.clear();
    live_ = 0;
    messages_.clear();
    deliveries_.clear();
    retained_.clear();
    sessions_.clear();
    wills_.clear();
    packet_ids_.clear();
    drops_.clear();
}

void pending_changes::give_memory_back() {
    auto open = std::move(groups_);
    auto order = std::move(retained_order_);
    *this = {};
    groups_ = std::move(open);
    retained_order_ = std::move(order);
}

// Two shards may save the same message, each before its own deliveries.
void pending_changes::take(change::message_saved&& what) {
    const std::uint64_t id = what.message.id;
    const auto known = messages_.find(id);
    if (known == messages_.end()) {
        messages_.emplace(id, waiting_message{keep(std::move(what))});
    } else if (!items_[known->second.saved].live) {
        known->second.saved = keep(std::move(what));
    }
}

void pending_changes::take(change::delivery_saved&& what) {
    if (std::exchange(what.linked, false)) {
        auto& held = touch_group(what.message_id).held;
        // Once more: until the group is whole nothing needs the row that was saved, and it may go.
        if (const auto message = messages_.find(what.message_id); message != messages_.end()) {
            held.emplace_back(items_[message->second.saved].what);
        }
        held.emplace_back(std::move(what));
        return;
    }
    const delivery_key key{what.message_id, what.session_id, what.position};
    if (const auto message = messages_.find(what.message_id); message != messages_.end()) {
        ++message->second.deliveries;
    }
    deliveries_[key] = {keep(std::move(what)), {}};
}

// What was not written yet is written in its new place. There is nothing yet that the new owner's
// changes could have said of it.
void pending_changes::take(change::delivery_moved&& what) {
    const delivery_key from{what.to.message_id, what.session_id, what.position};
    const delivery_key to{what.to.message_id, what.to.session_id, what.to.position};
    if (const auto waiting = deliveries_.find(from); waiting != deliveries_.end()) {
        store_change& written = items_[waiting->second.saved].what;
        if (auto* const moved = std::get_if<change::delivery_moved>(&written)) {
            moved->to = std::move(what.to);
        } else {
            written = std::move(what.to);
        }
        deliveries_[to] = waiting_delivery{waiting->second.saved, {}};
        deliveries_.erase(from);
    } else if (!move_in_group(from, what.to)) {
        deliveries_[to] = {keep(std::move(what)), {}};
    }
}

void pending_changes::take(change::delivery_received&& what) {
    const auto waiting = deliveries_.find({what.message_id, what.session_id, what.position});
    const index kept = keep(what);
    if (waiting != deliveries_.end()) {
        waiting->second.received.push_back(kept);
    }
}

void pending_changes::take(change::delivery_removed&& what) {
    const auto waiting = deliveries_.find({what.message_id, what.session_id, what.position});
    if (waiting == deliveries_.end()) {
        if (!take_from_group({what.message_id, what.session_id, what.position})) {
            keep(what);
        }
        return;
    }
    const index saved = waiting->second.saved;
    for (const index each : waiting->second.received) {
        cancel(each);
    }
    deliveries_.erase(waiting);
    if (const auto* const moved = std::get_if<change::delivery_moved>(&items_[saved].what)) {
        // Where it was, it is written.
        const change::delivery_removed before{what.message_id, moved->session_id, moved->position};
        items_[saved].what = before;
        return;
    }
    cancel(saved);
    const auto message = messages_.find(what.message_id);
    if (message != messages_.end() && --message->second.deliveries == 0) {
        cancel(message->second.saved);
    }
}

void pending_changes::take(change::retained_saved&& what) {
    const std::string topic = what.message.topic;
    const std::uint64_t number = what.message.id;
    keep_retained(topic, number, std::move(what));
}

void pending_changes::take(change::retained_removed&& what) {
    const std::string topic = what.topic;
    const std::uint64_t number = what.number;
    keep_retained(topic, number, std::move(what));
}

void pending_changes::keep_retained(
    const std::string& topic, std::uint64_t number, store_change&& what
) {
    if (!retained_order_.is_newest(topic, number)) {
        return;
    }
    const index kept = keep(std::move(what));
    const auto [known, is_first] = retained_.try_emplace(topic, kept);
    if (!is_first) {
        cancel(std::exchange(known->second, kept));
    }
}

// In its old place: what came between refers to the session.
void pending_changes::take(change::session_saved&& what) {
    const auto known = sessions_.find(what.session_id);
    if (known != sessions_.end()) {
        items_[known->second].what = std::move(what);
        return;
    }
    const std::uint64_t id = what.session_id;
    sessions_.emplace(id, keep(std::move(what)));
}

// What groups still hold for it would come after its rows have gone: deliveries that stay behind,
// and a packet identifier without a session, which no transaction could contain.
void pending_changes::take(change::session_removed&& what) {
    const auto is_its_own = [&](const store_change& each) {
        const auto* const saved = std::get_if<change::delivery_saved>(&each);
        const auto* const taken = std::get_if<change::packet_id_taken>(&each);
        return (saved != nullptr && saved->session_id == what.session_id) ||
               (taken != nullptr && taken->session_id == what.session_id);
    };
    for (auto& [message_id, group] : groups_) {
        std::erase_if(group.held, is_its_own);
    }
    keep(what);
}

void pending_changes::take(change::deliveries_linked&& what) {
    ++touch_group(what.message_id).shards_seen;
    close_if_complete(what.message_id);
}

void pending_changes::take(change::packet_id_taken&& what) {
    if (const std::uint16_t others = std::exchange(what.other_shards, std::uint16_t{0})) {
        return open_group(what.message_id, others, what);
    }
    if (what.packet_id == 0) {
        return;  // refused after all
    }
    packet_ids_[{what.session_id, what.packet_id}] = keep(what);
}

// In its old place: its session is there, and remains as long as the session.
void pending_changes::take(change::will_saved&& what) {
    const std::uint64_t id = what.will.id;
    if (const auto known = wills_.find(id); known != wills_.end()) {
        items_[known->second].what = std::move(what);
        return;
    }
    wills_.emplace(id, keep(std::move(what)));
}

// Not cancelled, only as good as that: it may have been written before it was saved again.
void pending_changes::take(change::will_removed&& what) {
    if (const std::uint16_t others = std::exchange(what.other_shards, std::uint16_t{0})) {
        return open_group(what.message_id, others, what);
    }
    if (const auto known = wills_.find(what.will_id); known != wills_.end()) {
        items_[known->second].what = what;
        return;
    }
    keep(what);
}

void pending_changes::take(change::drops_counted&& what) {
    const auto known = drops_.find({what.session_id, what.reason});
    if (known == drops_.end()) {
        std::pair<std::uint64_t, std::string> key(what.session_id, what.reason);
        drops_.emplace(std::move(key), keep(std::move(what)));
        return;
    }
    auto& counted = std::get<change::drops_counted>(items_[known->second].what);
    counted.count += what.count;
    counted.last_at_ms = what.last_at_ms;
}

void pending_changes::take(change::packet_id_freed&& what) {
    const auto taken = packet_ids_.find({what.session_id, what.packet_id});
    if (taken == packet_ids_.end()) {
        keep(what);
        return;
    }
    cancel(taken->second);
    packet_ids_.erase(taken);
}

}  // namespace lmqtt::persistence
