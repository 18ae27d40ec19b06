// What acknowledgements change, in both directions, and what may be written next.
#include "broker/broker.hpp"

namespace lmqtt::broker {

namespace {

using outbox = session::outbox;

// Read back at once: enough to make up for the way to the store and back.
constexpr std::size_t messages_a_page = 256;
constexpr std::uint64_t bytes_a_page = 1024 * 1024;

broker::acknowledged failure_of(outbox::ack_error error) {
    return error == outbox::ack_error::unknown_packet_id ? broker::acknowledged::unknown_packet_id
                                                         : broker::acknowledged::protocol_error;
}

}  // namespace

broker::acknowledged broker::puback(session::session& who, std::uint16_t packet_id) {
    return finish(who, who.out.puback(packet_id));
}

broker::acknowledged broker::pubcomp(session::session& who, std::uint16_t packet_id) {
    return finish(who, who.out.pubcomp(packet_id));
}

broker::acknowledged
broker::finish(session::session& who, const outbox::ack_result<outbox::acknowledged>& result) {
    if (!result.value) {
        return failure_of(result.error);
    }
    if (who.stored_id != 0) {
        const change::delivery_removed removed{
            result.value->message_id, who.stored_id, result.value->at};
        journal_.wait().acknowledged(removed);
        journal_.stage_lazily(removed);
    }
    mark_ready(who);  // the window has a place more
    return acknowledged::done;
}

broker::acknowledged
broker::refuse(session::session& who, const refusal& what, std::int64_t now_ms) {
    const auto result = what.quality == qos::at_least_once ? who.out.puback(what.packet_id)
                                                           : who.out.pubrec_refused(what.packet_id);
    if (result.value) {
        const auto why = session::drop_reason::refused_by_client;
        drops_.push_back({result.value->message, result.value->message_id, {}, why, what.quality});
        account_drops(who, now_ms);
    }
    return finish(who, result);
}

broker::acknowledged broker::pubrec(session::session& who, std::uint16_t packet_id) {
    const bool durable = who.stored_id != 0;
    const ticket committed_by = durable ? journal_.next() : 0;
    const auto result = who.out.pubrec(packet_id, committed_by);
    if (!result.value) {
        return failure_of(result.error);
    }
    if (durable) {
        journal_.stage(change::delivery_received{
            result.value->message_id, who.stored_id, result.value->at});
    }
    answer(
        who, {.type = packet_type::pubrel, .packet_id = packet_id, .committed_by = committed_by}
    );
    return acknowledged::done;
}

void broker::withdraw(session::session& who, const session::outgoing& unsent) {
    if (unsent.quality == qos::at_least_once) {
        finish(who, who.out.puback(unsent.packet_id));
    } else if (unsent.quality == qos::exactly_once) {
        finish(who, who.out.pubrec_refused(unsent.packet_id));
    }
}

// [MQTT-3.1.2-25] Too large when all that belongs to it was known, or not to be seen by its client.
void broker::drop(session::session& who, const session::outgoing& unsent, const dropping& how) {
    const auto message = unsent.message->shared();
    drops_.push_back({message, message->id(), {}, how.why, unsent.quality});
    withdraw(who, unsent);
    account_drops(who, how.now_ms);
}

bool broker::take_packet_id(session::session& who, std::uint16_t packet_id, routed& along_with) {
    if (!who.received.insert(packet_id)) {
        return false;
    }
    if (who.stored_id != 0) {
        const std::uint16_t others = along_with.linked ? along_with.other_shards : std::uint16_t{0};
        along_with.committed_by = journal_.stage(change::packet_id_taken{
            who.stored_id, packet_id, along_with.message_id, others});
    }
    return true;
}

bool broker::free_packet_id(session::session& who, std::uint16_t packet_id, ticket& committed_by) {
    if (!who.received.erase(packet_id)) {
        return false;
    }
    if (who.stored_id != 0) {
        committed_by = journal_.stage(change::packet_id_freed{who.stored_id, packet_id});
    }
    return true;
}

session::answer_queue::position broker::answer(session::session& who, session::answer what) {
    if (!who.rules->waits_for_store) {
        what.committed_by = 0;
    }
    mark_ready(who);
    return who.answers.push(std::move(what));
}

std::optional<session::outgoing> broker::take(session::session& who, std::int64_t now_ms) {
    auto next = who.out.take(committed_, now_ms, drops_);
    if (!drops_.empty()) {
        account_drops(who, now_ms);
    }
    if (!next && !who.paging && who.out.waits_for_page()) {
        who.paging = true;
        pager_.request({who.self, who.out.next_paged_out(messages_a_page, bytes_a_page)});
    }
    return next;
}

}  // namespace lmqtt::broker
