// Deep queues: their messages leave memory when the store has them, and come back when their turn
// is near.
#include "broker/broker.hpp"
#include "broker/stored_form.hpp"

namespace lmqtt::broker {

void broker::page_out() {
    if (!journal_.keeps()) {
        return;
    }
    while (const auto next = pager_.surplus(options_.cache_bytes, committed_)) {
        if (session::session* const who = registry_.resolve(next->whose)) {
            who->out.page_out(next->at);
        }
    }
}

void broker::page_in(const page_request& of, const page& found, std::int64_t now_ms) {
    if (of.whose == 0) {
        return tell_dropped(of, found);
    }
    session::session* const who = registry_.resolve(of.whose);
    if (who == nullptr) {
        return;
    }
    who->paging = false;
    numbers().paged_messages.add(static_cast<std::int64_t>(found.size()));
    std::vector<mqtt::routed_message_ptr> messages;
    for (const stored_message& each : found) {
        messages.push_back(routed_form_of(each));
    }
    // Should their client leave before it gets them, they can go again.
    for (const auto& each : who->out.page_in(of.message_ids, messages, drops_)) {
        pager_.queued(*who, each.at, *each.message, 0);
    }
    account_drops(*who, now_ms);
    mark_ready(*who);
}

}  // namespace lmqtt::broker
