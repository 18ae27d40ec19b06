// How an outbox ends: what goes to other members of a shared group, what is counted as dropped.
#include "session/outbox.hpp"

namespace lmqtt::session {

std::string_view text_of(drop_reason why) {
    switch (why) {
    case drop_reason::queue_full:
        return "queue_full";
    case drop_reason::message_expired:
        return "message_expired";
    case drop_reason::inflight_expired:
        return "inflight_expired";
    case drop_reason::exceeds_maximum_packet_size:
        return "too_large";
    case drop_reason::session_ended:
        return "session_ended";
    case drop_reason::refused_by_client:
        return "refused_by_client";
    case drop_reason::unreadable:
        return "unreadable";
    case drop_reason::offline_qos0:
        return "offline_qos0";
    case drop_reason::not_allowed:
        return "not_allowed";
    }
    return "unknown";
}

std::vector<shared_leftover> outbox::take_shared_leftovers(std::uint32_t shared_by) {
    std::vector<shared_leftover> leftovers;
    for (auto* queue : {&assured_, &unassured_}) {
        for (slot at = queue->begin(); at != queue->end(); ++at) {
            entry& each = (*queue)[at];
            const bool started_qos2 =
                each.state != phase::queued && each.quality == qos::exactly_once;
            if (each.state == phase::gone || each.shared_by != shared_by || started_qos2) {
                continue;
            }
            leftovers.push_back({each.message, each.at, each.quality});
            vacate(each);
        }
    }
    trim();
    return leftovers;
}

void outbox::drain(drop_list& into) {
    for (auto* queue : {&assured_, &unassured_}) {
        while (!queue->empty()) {
            entry& each = (*queue)[queue->begin()];
            if (each.state == phase::queued || each.state == phase::sent) {
                const auto why = drop_reason::session_ended;
                into.push_back(
                    {std::move(each.message), each.message_id, each.at, why, each.quality}
                );
            }
            queue->pop_front();
        }
    }
    messages_ = 0;
    bytes_ = {};
    inflight_ = 0;
    gaps_ = 0;
    trim();
}

}  // namespace lmqtt::session
