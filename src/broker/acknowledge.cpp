// What acknowledgements change, in both directions, and what may be written next.
#include "broker/broker.hpp"

namespace lmqtt::broker {

namespace {

using outbox = session::outbox;

broker::acknowledged failure_of(outbox::ack_error error) {
    return error == outbox::ack_error::unknown_packet_id ? broker::acknowledged::unknown_packet_id
                                                         : broker::acknowledged::protocol_error;
}

}  // namespace

broker::acknowledged broker::puback(session::session& who, std::uint16_t packet_id, bool refused) {
    return finish(who, who.out.puback(packet_id), refused);
}

broker::acknowledged broker::pubcomp(session::session& who, std::uint16_t packet_id) {
    return finish(who, who.out.pubcomp(packet_id), false);
}

broker::acknowledged broker::finish(
    session::session& who, outbox::ack_result<outbox::acknowledged>&& result, bool refused
) {
    if (!result.value) {
        return failure_of(result.error);
    }
    if (who.stored_id != 0) {
        journal_.stage(change::delivery_removed{
            result.value->message_id, who.stored_id, result.value->at});
    }
    if (refused) {
        numbers().dropped_refused_by_client.add();
        if (listeners_.message_dropped && result.value->message) {
            listeners_.message_dropped(
                who.client_id, *result.value->message, session::drop_reason::refused_by_client
            );
        }
    }
    mark_ready(who);  // the window has a place more
    return acknowledged::done;
}

broker::acknowledged broker::pubrec(session::session& who, std::uint16_t packet_id, bool refused) {
    if (refused) {
        return finish(who, who.out.pubrec_refused(packet_id), true);
    }
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

// What was taken is not written after all: as if it had been sent and acknowledged.
void broker::withdraw(session::session& who, const session::outgoing& unsent) {
    if (unsent.quality == qos::at_least_once) {
        finish(who, who.out.puback(unsent.packet_id), false);
    } else if (unsent.quality == qos::exactly_once) {
        finish(who, who.out.pubrec_refused(unsent.packet_id), false);
    }
}

bool broker::take_packet_id(session::session& who, std::uint16_t packet_id, routed& along_with) {
    if (!who.received.insert(packet_id)) {
        return false;
    }
    if (who.stored_id != 0) {
        const std::uint16_t others = along_with.linked ? along_with.owed : std::uint16_t{0};
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
    mark_ready(who);
    return who.answers.push(std::move(what));
}

std::optional<session::outgoing> broker::take(session::session& who, std::int64_t now_ms) {
    auto next = who.out.take(committed_, now_ms, drops_);
    if (!drops_.empty()) {
        account_drops(who, now_ms);
    }
    return next;
}

}  // namespace lmqtt::broker
