// What a full outbox does: who gives way to whom.
#include "session/outbox.hpp"

#include <algorithm>

namespace lmqtt::session {

// What a full queue can do without, for a message that is worth more.
struct outbox::spare {
    std::size_t messages = 0;
    std::uint64_t bytes = 0;  // of those that are held against the limit
};

// The limit bounds what is kept for somebody who is away or slow. Whoever is there is sent a
// message of any size that was let in, one at a time, which takes no bytes from the others.
bool outbox::too_large(std::size_t bytes, const outbox_limits& limits) const {
    return bytes > limits.maximum_bytes && (!attached_ || bytes_.beyond != 0);
}

bool outbox::overfull(std::size_t more_bytes, const outbox_limits& limits) const {
    const bool no_bytes =
        more_bytes <= limits.maximum_bytes && bytes_.counted() + more_bytes > limits.maximum_bytes;
    return messages_ >= limits.maximum_messages || no_bytes || too_large(more_bytes, limits);
}

bool outbox::would_reject(
    const mqtt::routed_message& message,
    qos quality,
    const outbox_limits& limits,
    std::int64_t now_ms
) const {
    const std::size_t bytes = message.memory();
    if (limits.overflow != overflow_policy::reject || quality == qos::at_most_once ||
        !overfull(bytes, limits)) {
        return false;
    }
    if (too_large(bytes, limits)) {
        return true;
    }
    const spare found = spare_places(limits, now_ms);
    return messages_ - found.messages >= limits.maximum_messages ||
           (bytes <= limits.maximum_bytes &&
            bytes_.counted() - found.bytes + bytes > limits.maximum_bytes);
}

// What make_room() would give up for a message above QoS 0 under overflow_policy::reject.
outbox::spare outbox::spare_places(const outbox_limits& limits, std::int64_t now_ms) const {
    spare found;
    const auto count = [&found](const entry& each) {
        ++found.messages;
        found.bytes += each.beyond ? 0 : each.bytes;
    };
    slot at = assured_.begin();
    for (; at != assured_.end() && assured_[at].state != phase::queued; ++at) {
        if (assured_[at].state == phase::gone) {
            continue;
        }
        if (!expired_inflight(assured_[at], limits, now_ms)) {
            break;
        }
        count(assured_[at]);
    }
    at = now_ms < earliest_expiry_ms_ ? assured_.end() : first_waiting();
    for (; at != assured_.end(); ++at) {
        if (assured_[at].expired(now_ms)) {
            count(assured_[at]);
        }
    }
    for (at = unassured_.begin(); at != unassured_.end(); ++at) {
        if (unassured_[at].state != phase::gone) {
            count(unassured_[at]);
        }
    }
    return found;
}

// The order in which a full queue gives way; the first rule that applies frees one place.
bool outbox::make_room(
    const offer& what, const outbox_limits& limits, std::int64_t now_ms, drop_list& drops
) {
    if (drop_expired_inflight(limits, now_ms, drops) || drop_first_expired(now_ms, drops)) {
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

bool outbox::expired_inflight(const entry& each, const outbox_limits& limits, std::int64_t now_ms)
    const {
    return (each.state == phase::sent || each.state == phase::pubrel) &&
           limits.inflight_expiry.count() != 0 &&
           each.moment_ms + limits.inflight_expiry.count() <= now_ms;
}

bool outbox::drop_expired_inflight(
    const outbox_limits& limits, std::int64_t now_ms, drop_list& drops
) {
    if (assured_.empty() || !expired_inflight(assured_[assured_.begin()], limits, now_ms)) {
        return false;
    }
    drop(assured_, assured_.begin(), drop_reason::inflight_expired, drops);
    return true;
}

bool outbox::drop_first_expired(std::int64_t now_ms, drop_list& drops) {
    if (now_ms < earliest_expiry_ms_) {
        return false;
    }
    std::int64_t earliest = never;
    const auto first_in = [&](ring<entry>& queue, slot from) {
        for (slot at = from; at != queue.end(); ++at) {
            if (!queue[at].may_expire()) {
                continue;
            }
            if (queue[at].expired(now_ms)) {
                drop(queue, at, drop_reason::message_expired, drops);
                return true;
            }
            earliest = std::min(earliest, queue[at].moment_ms);
        }
        return false;
    };
    if (first_in(assured_, first_waiting()) || first_in(unassured_, unassured_.begin())) {
        return true;
    }
    earliest_expiry_ms_ = earliest;
    return false;
}

bool outbox::drop_first_qos0(drop_list& drops) {
    if (unassured_.empty()) {
        return false;
    }
    drop(unassured_, unassured_.begin(), drop_reason::queue_full, drops);
    return true;
}

bool outbox::drop_oldest_waiting(drop_list& drops) {
    for (slot at = first_waiting(); at != assured_.end(); ++at) {
        if (assured_[at].state == phase::queued) {
            drop(assured_, at, drop_reason::queue_full, drops);
            return true;
        }
    }
    return false;
}

}  // namespace lmqtt::session
