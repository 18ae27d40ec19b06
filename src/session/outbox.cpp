#include "session/outbox.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::session {

namespace {

constexpr std::uint64_t packet_ids = 65535;

}  // namespace

std::uint16_t outbox::packet_id_of(position at) const {
    return static_cast<std::uint16_t>(at % packet_ids + 1);
}

offer_verdict
outbox::push(offer&& what, const outbox_limits& limits, std::int64_t now_ms, drop_list& drops) {
    const std::size_t bytes = what.message->memory();
    while (overfull(bytes, limits)) {
        if (too_large(bytes, limits) || !make_room(what, limits, now_ms, drops)) {
            const bool reject =
                limits.overflow == overflow_policy::reject && what.quality != qos::at_most_once;
            const std::uint64_t id = what.message->id();
            drops.push_back({std::move(what.message), id, {}, drop_reason::queue_full, what.quality}
            );
            return reject ? offer_verdict::rejected : offer_verdict::dropped;
        }
    }
    entry fresh;
    fresh.message_id = what.message->id();
    fresh.moment_ms = what.message->expires_at_ms();
    fresh.bytes = static_cast<std::uint32_t>(bytes);
    fresh.message = std::move(what.message);
    fresh.subscription_identifiers = std::move(what.subscription_identifiers);
    fresh.committed_by = what.committed_by;
    fresh.at = next_position_;
    fresh.shared_by = what.shared_by;
    fresh.state = phase::queued;
    fresh.quality = what.quality;
    fresh.retain = what.retain;
    fresh.beyond = bytes > limits.maximum_bytes;
    bytes_.add(fresh);
    if (fresh.may_expire()) {
        earliest_expiry_ms_ = std::min(earliest_expiry_ms_, fresh.moment_ms);
    }
    if (what.quality == qos::at_most_once) {
        unassured_.push(std::move(fresh));
    } else {
        assured_.push(std::move(fresh));
        choose_next_position();
    }
    ++messages_;
    return offer_verdict::queued;
}

void outbox::drop(ring<entry>& from, slot at, drop_reason why, drop_list& drops) {
    entry& each = from[at];
    drops.push_back({each.message, each.message_id, each.at, why, each.quality});
    forget(from, at);
}

void outbox::forget(ring<entry>& from, slot at) {
    vacate(from[at]);
    trim();
    // Behind a message that is never acknowledged, gaps would grow for ever.
    if (gaps_ > (assured_.size() + unassured_.size()) / 2) {
        close_gaps();
    }
}

void outbox::vacate(entry& each) {
    bytes_.remove(each);
    if (each.counted) {
        --inflight_;
    }
    --messages_;
    ++gaps_;
    const position at = each.at;
    each = entry{};
    each.at = at;
}

void outbox::trim() {
    for (auto* queue : {&assured_, &unassured_}) {
        while (!queue->empty() && (*queue)[queue->begin()].state == phase::gone) {
            queue->pop_front();
            --gaps_;
        }
    }
    next_ = std::max(next_, assured_.begin());
    sent_end_ = std::max(sent_end_, assured_.begin());
    skip_gaps();
}

void outbox::skip_gaps() {
    while (next_ != assured_.end() && assured_[next_].state == phase::gone) {
        ++next_;
    }
}

void outbox::close_gaps() {
    slot sent_end = sent_end_;
    slot next = next_;
    for (slot at = assured_.begin(); at != assured_.end(); ++at) {
        if (assured_[at].state == phase::gone) {
            sent_end -= at < sent_end_ ? 1 : 0;
            next -= at < next_ ? 1 : 0;
        }
    }
    sent_end_ = sent_end;
    next_ = next;
    const auto gone = [](const entry& each) { return each.state == phase::gone; };
    assured_.close_gaps(gone);
    unassured_.close_gaps(gone);
    gaps_ = 0;
}

void outbox::attach(const delivery_terms& terms, const outbox_limits& limits) {
    for (slot at = assured_.begin(); at != assured_.end(); ++at) {
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

// [MQTT-2.2.1-4] The identifiers of a few messages that are never acknowledged are passed over;
// with many in flight the next message waits until its identifier is free.
void outbox::choose_next_position() {
    ++next_position_;
    if (next_position_ - assured_[assured_.begin()].at < packet_ids ||
        sent_end_ - assured_.begin() > packet_ids / 2) {
        return;
    }
    while (find(packet_id_of(next_position_))) {
        ++next_position_;
    }
}

outbox::position outbox::sent_position() const {
    return sent_end_ == assured_.end() ? next_position_ : assured_[sent_end_].at;
}

bool outbox::sends_next_at_once() const {
    return attached_ && assured_.end() - next_ + inflight_ < window_;
}

bool outbox::window_open() const {
    if (inflight_ >= window_) {
        return false;
    }
    const position next = assured_[next_].at;
    if (next - assured_[assured_.begin()].at < packet_ids) {
        return true;
    }
    const auto user = find(packet_id_of(next));
    return !user || *user == next_;
}

bool outbox::waits_for_commit(ticket committed) const {
    return attached_ && next_ != assured_.end() && assured_[next_].quality == qos::exactly_once &&
           assured_[next_].committed_by > committed;
}

std::optional<outgoing> outbox::take(ticket committed, std::int64_t now_ms, drop_list& drops) {
    if (!attached_) {
        return std::nullopt;
    }
    const bool qos0_is_older =
        !unassured_.empty() &&
        (next_ == assured_.end() ||
         (!replaying() && unassured_[unassured_.begin()].at <= assured_[next_].at));
    if (!qos0_is_older) {
        if (auto next = take_assured(committed, now_ms, drops)) {
            return next;
        }
        if (waits_for_page()) {
            return std::nullopt;  // QoS 0 does not overtake it for that
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
    if (each.message->expiry_given()) {
        how.message_expiry_interval = 0;
    }
    return mqtt::encoded_size(*each.message, how, version_) <= maximum_packet_size_;
}

std::optional<outgoing>
outbox::take_assured(ticket committed, std::int64_t now_ms, drop_list& drops) {
    while (next_ != assured_.end()) {
        entry& each = assured_[next_];
        const std::uint16_t packet_id = packet_id_of(each.at);
        if (each.quality == qos::exactly_once && each.committed_by > committed) {
            return std::nullopt;
        }
        if (each.state == phase::pubrel) {
            ++next_;
            skip_gaps();
            return describe(each, packet_id, false);
        }
        const bool first_send = each.state == phase::queued;
        const bool too_late = each.expired(now_ms);  // [MQTT-4.3.3-7]
        if (each.paged_out() && !too_late) {
            return std::nullopt;
        }
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
        each.moment_ms = now_ms;
        each.counted = true;
        ++inflight_;
        ++next_;
        sent_end_ = std::max(sent_end_, next_);
        skip_gaps();
        return describe(each, packet_id, !first_send);
    }
    return std::nullopt;
}

std::optional<outgoing> outbox::take_unassured(std::int64_t now_ms, drop_list& drops) {
    while (!unassured_.empty()) {
        const slot at = unassured_.begin();
        entry& each = unassured_[at];
        const bool too_late = each.expired(now_ms);
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

// The first entry at this position or behind it.
outbox::slot outbox::first_from(position at, slot end) const {
    slot low = assured_.begin();
    for (slot high = end; low < high;) {
        const slot middle = low + (high - low) / 2;
        if (assured_[middle].at < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// Positions with the same packet id are so far apart that there is seldom more than one to look at.
std::optional<outbox::slot> outbox::find(std::uint16_t packet_id) const {
    if (packet_id == 0 || assured_.empty()) {
        return std::nullopt;
    }
    const auto next_with_id = [packet_id](position from) {
        return from + (packet_id - 1U + packet_ids - from % packet_ids) % packet_ids;
    };
    for (position at = next_with_id(assured_[assured_.begin()].at);;) {
        const slot found = first_from(at, sent_end_);
        if (found >= sent_end_) {
            return std::nullopt;
        }
        if (assured_[found].at == at && assured_[found].state != phase::gone) {
            return found;
        }
        at = next_with_id(assured_[found].at + (assured_[found].at == at ? 1 : 0));
    }
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
    acknowledged done{each.message_id, each.at, each.message};
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
    acknowledged received{each.message_id, each.at, each.message};
    if (each.state == phase::sent) {
        // [MQTT-4.3.3-6] The message is the client's now; only the id is still owed.
        bytes_.remove(each);
        each.bytes = 0;
        each.beyond = false;
        each.message = {};
        each.subscription_identifiers = {};
        each.state = phase::pubrel;
        each.committed_by = committed_by;
    }
    return {std::move(received), {}};
}

}  // namespace lmqtt::session
