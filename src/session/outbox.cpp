#include "session/outbox.hpp"

#include <algorithm>

namespace lmqtt::session {

namespace {

constexpr std::uint64_t packet_ids = 65535;

bool expired(const mqtt::routed_message& message, std::int64_t now_ms) {
    return message.expires_at_ms() != 0 && message.expires_at_ms() <= now_ms;
}

}  // namespace

std::uint16_t outbox::packet_id_of(position at) const {
    return static_cast<std::uint16_t>(at % packet_ids + 1);
}

bool outbox::overfull(std::size_t more_bytes, const outbox_limits& limits) const {
    return messages_ >= limits.maximum_messages || bytes_ + more_bytes > limits.maximum_bytes;
}

bool outbox::would_reject(std::size_t bytes, qos quality, const outbox_limits& limits) const {
    return limits.overflow == overflow_policy::reject && quality != qos::at_most_once &&
           unassured_.empty() && overfull(bytes, limits);
}

offer_verdict
outbox::push(offer&& what, const outbox_limits& limits, std::int64_t now_ms, drop_list& drops) {
    const std::size_t bytes = what.message->memory();
    while (overfull(bytes, limits)) {
        if (!make_room(what, limits, now_ms, drops)) {
            const bool reject =
                limits.overflow == overflow_policy::reject && what.quality != qos::at_most_once;
            const std::uint64_t id = what.message->id();
            drops.push_back({std::move(what.message), id, drop_reason::queue_full, what.quality});
            return reject ? offer_verdict::rejected : offer_verdict::dropped;
        }
    }
    entry fresh;
    fresh.message_id = what.message->id();
    fresh.message = std::move(what.message);
    fresh.subscription_identifiers = std::move(what.subscription_identifiers);
    fresh.committed_by = what.committed_by;
    fresh.arrival = arrivals_++;
    fresh.shared_by = what.shared_by;
    fresh.state = phase::queued;
    fresh.quality = what.quality;
    fresh.retain = what.retain;
    auto& into = what.quality == qos::at_most_once ? unassured_ : assured_;
    into.push(std::move(fresh));
    bytes_ += bytes;
    ++messages_;
    return offer_verdict::queued;
}

// The order in which a full queue gives way; the first rule that applies frees one place.
bool outbox::make_room(
    const offer& what, const outbox_limits& limits, std::int64_t now_ms, drop_list& drops
) {
    if (drop_expired_inflight(limits, now_ms, drops)) {
        return true;
    }
    const bool waiting =
        assured_.end() > std::max(sent_end_, assured_.begin()) || !unassured_.empty();
    if (!waiting) {
        return false;
    }
    if (drop_first_expired(now_ms, drops)) {
        return true;
    }
    if (limits.overflow == overflow_policy::drop_newest && what.quality == qos::at_most_once) {
        return false;
    }
    if (drop_first_qos0(drops)) {
        return true;
    }
    if (what.quality == qos::at_most_once || limits.overflow != overflow_policy::drop_oldest ||
        replaying()) {
        return false;
    }
    return drop_oldest_waiting(drops);
}

bool outbox::drop_expired_inflight(
    const outbox_limits& limits, std::int64_t now_ms, drop_list& drops
) {
    if (limits.inflight_expiry.count() == 0 || assured_.empty()) {
        return false;
    }
    const position head = assured_.begin();
    const entry& oldest = assured_[head];
    const bool sent = oldest.state == phase::sent || oldest.state == phase::pubrel;
    if (!sent || oldest.sent_at_ms + limits.inflight_expiry.count() > now_ms) {
        return false;
    }
    drop(assured_, head, drop_reason::inflight_expired, drops);
    return true;
}

bool outbox::drop_first_expired(std::int64_t now_ms, drop_list& drops) {
    const auto first_in = [&](ring<entry>& queue, position from) {
        for (position at = from; at != queue.end(); ++at) {
            if (queue[at].state == phase::queued && expired(*queue[at].message, now_ms)) {
                drop(queue, at, drop_reason::message_expired, drops);
                return true;
            }
        }
        return false;
    };
    return first_in(assured_, std::max(sent_end_, assured_.begin())) ||
           first_in(unassured_, unassured_.begin());
}

bool outbox::drop_first_qos0(drop_list& drops) {
    if (unassured_.empty()) {
        return false;
    }
    drop(unassured_, unassured_.begin(), drop_reason::queue_full, drops);
    return true;
}

bool outbox::drop_oldest_waiting(drop_list& drops) {
    for (position at = std::max(sent_end_, assured_.begin()); at != assured_.end(); ++at) {
        if (assured_[at].state == phase::queued) {
            drop(assured_, at, drop_reason::queue_full, drops);
            return true;
        }
    }
    return false;
}

void outbox::drop(ring<entry>& from, position at, drop_reason why, drop_list& drops) {
    entry& each = from[at];
    drops.push_back({each.message, each.message_id, why, each.quality});
    forget(from, at);
}

void outbox::forget(ring<entry>& from, position at) {
    entry& each = from[at];
    if (each.message) {
        bytes_ -= each.message->memory();
    }
    if (each.counted) {
        --inflight_;
    }
    --messages_;
    each = entry{};
    trim();
}

void outbox::trim() {
    for (auto* queue : {&assured_, &unassured_}) {
        while (!queue->empty() && (*queue)[queue->begin()].state == phase::gone) {
            queue->pop_front();
        }
    }
    next_ = std::max(next_, assured_.begin());
    sent_end_ = std::max(sent_end_, assured_.begin());
}

void outbox::attach(const delivery_terms& terms, const outbox_limits& limits) {
    for (position at = assured_.begin(); at != assured_.end(); ++at) {
        assured_[at].counted = false;
    }
    inflight_ = 0;
    next_ = assured_.begin();
    version_ = terms.version;
    maximum_packet_size_ = terms.maximum_packet_size;
    window_ = std::min(terms.receive_maximum, limits.maximum_inflight);
    attached_ = true;
}

void outbox::detach() {
    attached_ = false;
}

bool outbox::window_open() const {
    return inflight_ < window_ && next_ - assured_.begin() < packet_ids;
}

bool outbox::waits_for_commit(ticket committed) const {
    if (!attached_ || next_ == assured_.end()) {
        return false;
    }
    const entry& each = assured_[next_];
    return each.quality == qos::exactly_once && each.committed_by > committed;
}

std::optional<outgoing> outbox::take(ticket committed, std::int64_t now_ms, drop_list& drops) {
    if (!attached_) {
        return std::nullopt;
    }
    while (next_ != assured_.end() && assured_[next_].state == phase::gone) {
        ++next_;
    }
    const bool qos0_is_older =
        !unassured_.empty() &&
        (next_ == assured_.end() ||
         (!replaying() && unassured_[unassured_.begin()].arrival < assured_[next_].arrival));
    if (!qos0_is_older) {
        if (auto next = take_assured(committed, now_ms, drops)) {
            return next;
        }
    }
    if (auto next = take_unassured(now_ms, drops)) {
        return next;
    }
    return qos0_is_older ? take_assured(committed, now_ms, drops) : std::nullopt;
}

outgoing outbox::describe(entry& each, std::uint16_t packet_id, bool dup) const {
    return {
        .message = each.message.get(),
        .subscription_identifiers = each.subscription_identifiers.get(),
        .packet_id = packet_id,
        .quality = each.quality,
        .dup = dup,
        .retain = each.retain,
        .keep = {},
        .keep_identifiers = {},
    };
}

// [MQTT-3.1.2-24] The size is judged without a topic alias; the client room only takes one where it
// makes the packet smaller.
bool outbox::fits(const entry& each, std::uint16_t packet_id) const {
    mqtt::delivery how{};
    how.packet_id = packet_id;
    how.quality = each.quality;
    how.retain = each.retain;
    if (each.subscription_identifiers) {
        how.subscription_identifiers = *each.subscription_identifiers;
    }
    if (each.message->expires_at_ms() != 0) {
        how.message_expiry_interval = 0;
    }
    return mqtt::encoded_size(*each.message, how, version_) <= maximum_packet_size_;
}

std::optional<outgoing>
outbox::take_assured(ticket committed, std::int64_t now_ms, drop_list& drops) {
    while (next_ != assured_.end()) {
        entry& each = assured_[next_];
        const std::uint16_t packet_id = packet_id_of(next_);
        if (each.state == phase::gone) {
            ++next_;
            continue;
        }
        if (each.quality == qos::exactly_once && each.committed_by > committed) {
            return std::nullopt;
        }
        if (each.state == phase::pubrel) {
            ++next_;
            return describe(each, packet_id, false);
        }
        // Expiry ends with the first send. [MQTT-3.3.2-5] [MQTT-4.3.3-7]
        const bool first_send = each.state == phase::queued;
        const bool too_late = first_send && expired(*each.message, now_ms);
        if (too_late || !fits(each, packet_id)) {
            // [MQTT-3.1.2-25] Dropped as if it had been sent and acknowledged.
            const auto why =
                too_late ? drop_reason::message_expired : drop_reason::exceeds_maximum_packet_size;
            drop(assured_, next_, why, drops);
            continue;
        }
        if (!window_open()) {
            return std::nullopt;
        }
        each.state = phase::sent;
        each.sent_at_ms = now_ms;
        each.counted = true;
        ++inflight_;
        ++next_;
        sent_end_ = std::max(sent_end_, next_);
        return describe(each, packet_id, !first_send);
    }
    return std::nullopt;
}

std::optional<outgoing> outbox::take_unassured(std::int64_t now_ms, drop_list& drops) {
    while (!unassured_.empty()) {
        const position at = unassured_.begin();
        entry& each = unassured_[at];
        const bool too_late = expired(*each.message, now_ms);
        if (too_late || !fits(each, 0)) {
            drop(
                unassured_,
                at,
                too_late ? drop_reason::message_expired : drop_reason::exceeds_maximum_packet_size,
                drops
            );
            continue;
        }
        outgoing next = describe(each, 0, false);
        next.keep = each.message;
        next.keep_identifiers = std::move(each.subscription_identifiers);
        forget(unassured_, at);
        return next;
    }
    return std::nullopt;
}

std::optional<outbox::position> outbox::find(std::uint16_t packet_id) const {
    if (packet_id == 0 || assured_.empty()) {
        return std::nullopt;
    }
    const std::uint64_t head = assured_.begin() % packet_ids;
    const std::uint64_t ahead = (packet_id - 1U + packet_ids - head) % packet_ids;
    const position at = assured_.begin() + ahead;
    if (at >= sent_end_ || !assured_.holds(at) || assured_[at].state == phase::gone) {
        return std::nullopt;
    }
    return at;
}

// [X-QOS-1] An acknowledgement of the wrong kind is told apart from one for an unknown id.
outbox::ack_result<outbox::acknowledged>
outbox::finish(std::uint16_t packet_id, phase expected, qos quality) {
    const auto at = find(packet_id);
    if (!at) {
        return {std::nullopt, ack_error::unknown_packet_id};
    }
    entry& each = assured_[*at];
    if (each.quality != quality || each.state != expected) {
        return {std::nullopt, ack_error::wrong_phase};
    }
    acknowledged done{each.message_id, each.message};
    forget(assured_, *at);
    return {std::move(done), {}};
}

outbox::ack_result<outbox::acknowledged> outbox::puback(std::uint16_t packet_id) {
    return finish(packet_id, phase::sent, qos::at_least_once);
}

outbox::ack_result<outbox::acknowledged> outbox::pubcomp(std::uint16_t packet_id) {
    return finish(packet_id, phase::pubrel, qos::exactly_once);
}

outbox::ack_result<outbox::acknowledged> outbox::pubrec_refused(std::uint16_t packet_id) {
    return finish(packet_id, phase::sent, qos::exactly_once);
}

outbox::ack_result<outbox::acknowledged>
outbox::pubrec(std::uint16_t packet_id, ticket committed_by) {
    const auto at = find(packet_id);
    if (!at) {
        return {std::nullopt, ack_error::unknown_packet_id};
    }
    entry& each = assured_[*at];
    if (each.quality != qos::exactly_once) {
        return {std::nullopt, ack_error::wrong_phase};
    }
    acknowledged received{each.message_id, each.message};
    if (each.state == phase::sent) {
        // [MQTT-4.3.3-6] The message is the client's now; only the id is still owed.
        bytes_ -= each.message->memory();
        each.message = {};
        each.state = phase::pubrel;
        each.committed_by = committed_by;
    }
    return {std::move(received), {}};
}

}  // namespace lmqtt::session
