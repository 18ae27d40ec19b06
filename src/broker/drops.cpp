// A drop is never hidden: it is counted, stored with its session, and told to whoever listens.
#include "broker/broker.hpp"
#include "broker/stored_form.hpp"

#include <array>

namespace lmqtt::broker {

namespace {

void count(metrics& numbers, session::drop_reason why) {
    switch (why) {
    case session::drop_reason::queue_full:
        return numbers.dropped_queue_full.add();
    case session::drop_reason::message_expired:
        return numbers.dropped_message_expired.add();
    case session::drop_reason::inflight_expired:
        return numbers.dropped_inflight_expired.add();
    case session::drop_reason::exceeds_maximum_packet_size:
        return numbers.dropped_too_large.add();
    case session::drop_reason::session_ended:
        return numbers.dropped_session_ended.add();
    case session::drop_reason::refused_by_client:
        return numbers.dropped_refused_by_client.add();
    case session::drop_reason::unreadable:
        return numbers.dropped_unreadable.add();
    case session::drop_reason::offline_qos0:
        return numbers.dropped_offline_qos0.add();
    case session::drop_reason::not_allowed:
        return numbers.dropped_not_allowed.add();
    }
}

// One change for each reason, and not for each message: a queue may hold a million.
void stage_counts(
    journal& changes,
    std::uint64_t session_id,
    const std::array<std::uint64_t, session::drop_reasons>& of_reason,
    std::int64_t now_ms
) {
    for (std::size_t why = 0; why < of_reason.size(); ++why) {
        if (of_reason[why] != 0) {
            const std::string reason(session::text_of(static_cast<session::drop_reason>(why)));
            changes.stage_lazily(change::drops_counted{session_id, reason, of_reason[why], now_ms});
        }
    }
}

}  // namespace

void broker::account_drops(session::session& of, std::int64_t now_ms) {
    if (drops_.empty()) {
        return;  // as after nearly every delivery
    }
    std::array<std::uint64_t, session::drop_reasons> of_reason{};
    for (const auto& each : drops_) {
        count(numbers(), each.why);
        if (of.stored_id != 0 && each.position && each.quality != qos::at_most_once) {
            journal_.stage_lazily(change::delivery_removed{
                each.message_id, of.stored_id, *each.position});
        }
        ++of_reason[static_cast<std::size_t>(each.why)];
        if (listeners_.message_dropped) {
            tell_dropped(of, each);
        }
    }
    drops_.clear();
    if (of.stored_id != 0) {
        // What was never to be kept costs the store nothing.
        of_reason[static_cast<std::size_t>(session::drop_reason::offline_qos0)] = 0;
        stage_counts(journal_, of.stored_id, of_reason, now_ms);
    }
}

// The store still has what is not in memory: it is asked before it hears of the removal.
void broker::tell_dropped(const session::session& of, const session::dropped_message& what) {
    if (what.message) {
        listeners_.message_dropped(of.client_id, *what.message, what.why);
    } else if (what.position && what.why != session::drop_reason::unreadable) {
        pager_.request({0, {what.message_id}, of.client_id, what.why});
    }
}

void broker::tell_dropped(const page_request& of, const page& found) {
    for (const stored_message& each : found) {
        listeners_.message_dropped(of.dropped_for, *routed_form_of(each), of.why);
    }
}

}  // namespace lmqtt::broker
