// PUBACK, PUBREC, PUBREL, PUBCOMP from the client.
#include "client/client.hpp"

namespace lmqtt::client {

void client::handle_ack(const mqtt::frame& frame) {
    const auto packet = mqtt::decode_ack(frame, version_, rules_->decode);
    if (!packet) {
        return fail(packet.error());
    }
    if (frame.type == packet_type::pubrel) {
        return handle_pubrel(packet->packet_id);
    }
    acknowledge(frame.type, packet->packet_id, static_cast<std::uint8_t>(packet->reason) >= 0x80);
}

// [MQTT-4.3.3-11] Unknown identifiers are answered too: the exchange may have ended before.
void client::handle_pubrel(std::uint16_t packet_id) {
    session::answer answer{.type = packet_type::pubcomp, .packet_id = packet_id};
    answer.counted = !extras_ || !extras_->uncounted.erase(packet_id);
    const bool known = env_.broker.free_packet_id(*session_, packet_id, answer.committed_by);
    if (!known) {
        answer.counted = false;
        answer.reason = reason_code::packet_identifier_not_found;  // [X-QOS-2]
        answer.committed_by = env_.broker.changes().last();
    }
    env_.broker.answer(*session_, std::move(answer));
}

void client::acknowledge(packet_type type, std::uint16_t packet_id, bool refused) {
    using acknowledged = broker::broker::acknowledged;
    acknowledged result = acknowledged::done;
    if (refused && type != packet_type::pubcomp) {
        const qos quality = type == packet_type::puback ? qos::at_least_once : qos::exactly_once;
        result = env_.broker.refuse(*session_, {quality, packet_id}, now_ms());
    } else if (type == packet_type::puback) {
        result = env_.broker.puback(*session_, packet_id);
    } else if (type == packet_type::pubrec) {
        result = env_.broker.pubrec(*session_, packet_id);
    } else {
        result = env_.broker.pubcomp(*session_, packet_id);
    }
    if (result == acknowledged::protocol_error) {
        return fail({reason_code::protocol_error, "acknowledgement of the wrong kind"}
        );  // [X-QOS-1]
    }
    if (result == acknowledged::unknown_packet_id && type == packet_type::pubrec && !refused) {
        env_.broker.answer(
            *session_,
            {.type = packet_type::pubrel,
             .reason = reason_code::packet_identifier_not_found,
             .packet_id = packet_id}
        );
    }
}

}  // namespace lmqtt::client
