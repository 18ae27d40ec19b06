#include "broker/last_words.hpp"

#include "broker/stored_form.hpp"

#include <cstdint>
#include <set>
#include <utility>

namespace lmqtt::broker {

namespace {

// Message and position: copies of one message, of overlapping subscriptions, would be one row, and
// one above QoS 0 has it already.
using places = std::set<std::pair<std::uint64_t, std::uint64_t>>;

change::delivery_saved place_of(const session::session& owner, const session::outbox_entry& each) {
    change::delivery_saved place{
        each.message_id, owner.stored_id, each.at, each.quality, each.retain, {}, {}};
    place.share_filter = share_filter_of(owner, each.shared_by);
    if (each.subscription_identifiers) {
        place.subscription_identifiers = *each.subscription_identifiers;
    }
    return place;
}

}  // namespace

void store_queued_qos0(broker& of, std::int64_t now_ms) {
    journal& changes = of.changes();
    if (!changes.durable()) {
        return;
    }
    using phase = session::delivery_phase;
    of.sessions().for_each([&](session::session& owner) {
        places stored;
        owner.out.for_each([&](const session::outbox_entry& each) {
            if (owner.stored_id == 0 || each.state == phase::gone ||
                !stored.emplace(each.message_id, each.at).second ||
                each.quality != qos::at_most_once || each.expired(now_ms)) {
                return;
            }
            changes.stage(change::message_saved{stored_form_of(*each.message)});
            changes.stage(place_of(owner, each));
        });
    });
}

}  // namespace lmqtt::broker
