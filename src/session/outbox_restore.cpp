// An outbox that comes back from a store.
#include "session/outbox.hpp"

#include <algorithm>

namespace lmqtt::session {

void outbox::restore_sent_position(position at) {
    next_position_ = at;
}

void outbox::restore(restored_place&& what) {
    entry fresh;
    fresh.message_id = what.message_id;
    fresh.at = what.at;
    fresh.message = std::move(what.message);
    fresh.subscription_identifiers = std::move(what.subscription_identifiers);
    fresh.shared_by = what.shared_by;
    fresh.quality = what.quality;
    fresh.retain = what.retain;
    fresh.state = what.received ? phase::pubrel : phase::queued;
    fresh.moment_ms = what.expires_at_ms;
    fresh.bytes = what.bytes;
    if (fresh.may_expire()) {
        earliest_expiry_ms_ = std::min(earliest_expiry_ms_, fresh.moment_ms);
    }
    fresh.beyond = what.beyond && bytes_.beyond == 0;
    bytes_.add(fresh);
    ++messages_;
    (what.quality == qos::at_most_once ? unassured_ : assured_).push(std::move(fresh));
}

// Messages come in the order they were published, which on several shards is not the order in which
// they reached this queue.
void outbox::finish_restoring(std::size_t perhaps_sent, std::int64_t now_ms) {
    const position sent_position = next_position_;
    assured_.sort([](const entry& left, const entry& right) { return left.at < right.at; });
    // Places are sent in order: before one that was, all were.
    // A PUBREL that is owed from an earlier connection takes no place in the window of the last
    // one.
    slot sent_end = assured_.begin();
    for (slot at = sent_end; at != assured_.end(); ++at) {
        const bool is_released = assured_[at].state == phase::pubrel;
        if (assured_[at].at < sent_position || is_released || perhaps_sent != 0) {
            sent_end = at + 1;
        }
        perhaps_sent -= !is_released && perhaps_sent != 0 ? 1 : 0;
    }
    for (slot at = assured_.begin(); at != sent_end; ++at) {
        assured_[at].moment_ms = now_ms;
        assured_[at].state = assured_[at].state == phase::pubrel ? phase::pubrel : phase::sent;
    }
    next_ = assured_.begin();
    sent_end_ = sent_end;
    if (!assured_.empty()) {
        next_position_ = std::max(next_position_, assured_[assured_.end() - 1].at + 1) - 1;
        choose_next_position();
    }
}

}  // namespace lmqtt::session
