#include "session/answers.hpp"

namespace lmqtt::session {

void answer_queue::settle(position at, bool refused, bool matched) {
    if (!waiting_.holds(at) || waiting_[at].owed == 0) {
        return;
    }
    answer& each = waiting_[at];
    --each.owed;
    if (refused) {
        each.reason = reason_code::quota_exceeded;
    } else if (matched && each.reason == reason_code::no_matching_subscribers) {
        each.reason = reason_code::success;
    }
}

std::optional<answer> answer_queue::take(ticket committed) {
    if (!ready(committed)) {
        return std::nullopt;
    }
    answer next = std::move(waiting_[waiting_.begin()]);
    waiting_.pop_front();
    return next;
}

void answer_queue::clear() {
    while (!waiting_.empty()) {
        waiting_.pop_front();
    }
}

}  // namespace lmqtt::session
