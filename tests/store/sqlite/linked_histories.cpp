#include "histories.hpp"

#include <algorithm>

namespace lmqtt::test {

std::optional<history::linked_publish> history::link() {
    if (state_.sessions.empty()) {
        return {};
    }
    linked_publish made;
    made.message = any_message();
    made.message.quality = qos::exactly_once;
    const std::uint64_t id = made.message.id;
    made.taken = {any_session(), static_cast<std::uint16_t>(1 + below(65535)), id, 1};
    made.publishers_part.emplace_back(made.taken);
    made.receivers_part.emplace_back(change::message_saved{made.message});
    for (std::uint64_t left = 1 + below(2); left > 0; --left) {
        const std::uint64_t receiver = any_session();
        made.deliveries.push_back(
            {id, receiver, positions_[receiver]++, qos::exactly_once, false, {}, {}, true}
        );
        made.receivers_part.emplace_back(made.deliveries.back());
    }
    made.receivers_part.emplace_back(change::deliveries_linked{id});
    return made;
}

// Sessions may have ended since.
void history::join(const linked_publish& whole) {
    if (const auto publisher = state_.sessions.find(whole.taken.session_id);
        publisher != state_.sessions.end()) {
        auto& taken = publisher->second.packet_ids_taken;
        if (std::find(taken.begin(), taken.end(), whole.taken.packet_id) == taken.end()) {
            taken.push_back(whole.taken.packet_id);
        }
    }
    for (const change::delivery_saved& each : whole.deliveries) {
        if (state_.sessions.contains(each.session_id)) {
            state_.queue[{each.session_id, each.position, each.message_id}] = {
                each, false, whole.message};
        }
    }
}

}  // namespace lmqtt::test
