// An outbox that comes back from a store.
#include "session/outbox.hpp"

#include <algorithm>
#include <vector>

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
    fresh.state = fresh.message ? phase::queued : phase::pubrel;
    fresh.arrival = arrivals_++;
    if (fresh.message) {
        bytes_ += fresh.message->memory();
        if (fresh.message->expires_at_ms() != 0) {
            earliest_expiry_ms_ = std::min(earliest_expiry_ms_, fresh.message->expires_at_ms());
        }
    }
    ++messages_;
    (what.quality == qos::at_most_once ? unassured_ : assured_).push(std::move(fresh));
}

// Messages come in the order they were published, which on several shards is not the order in which
// they reached this queue.
void outbox::finish_restoring(std::size_t perhaps_sent, std::int64_t now_ms) {
    const position sent_position = next_position_;
    std::vector<entry> places;
    for (; !assured_.empty(); assured_.pop_front()) {
        places.push_back(std::move(assured_[assured_.begin()]));
    }
    std::sort(places.begin(), places.end(), [](const entry& left, const entry& right) {
        return left.at < right.at;
    });
    // Places are sent in order: before one that was, all were.
    std::size_t sent = std::min(perhaps_sent, places.size());
    for (std::size_t at = sent; at < places.size(); ++at) {
        if (places[at].at < sent_position || places[at].state == phase::pubrel) {
            sent = at + 1;
        }
    }
    for (std::size_t at = 0; at < places.size(); ++at) {
        if (at < sent) {
            places[at].sent_at_ms = now_ms;
            places[at].state = places[at].state == phase::pubrel ? phase::pubrel : phase::sent;
        }
        next_position_ = std::max(next_position_, places[at].at + 1);
        places[at].arrival = arrivals_++;
        assured_.push(std::move(places[at]));
    }
    next_ = assured_.begin();
    sent_end_ = next_ + sent;
    if (!assured_.empty()) {
        --next_position_;
        choose_next_position();
    }
}

}  // namespace lmqtt::session
