// Bytes to frames to packets to handlers. Nothing here suspends: what a hook must decide later is
// put aside, whole, and consuming goes on after it.
#include "client/client.hpp"
#include "client/deliver_ready.hpp"
#include "client/packet_dump.hpp"

namespace lmqtt::client {

namespace {

// The subscriptions of a session that lasts are for the store as well. PUBLISH sees to it itself.
bool is_too_much(packet_type sent, const session::session* whose, const environment& env) {
    const bool subscribes = sent == packet_type::subscribe || sent == packet_type::unsubscribe;
    return subscribes && whose != nullptr && whose->stored_id != 0 && env.broker.changes().behind();
}

}  // namespace

void client::consume(byte_view bytes) {
    if (ended_) {
        return;  // [MQTT-3.14.4-1] bytes after the end are nobody's
    }
    const bool joined = leftover_ != nullptr;
    if (joined) {
        leftover_->append(bytes);
        bytes = *leftover_;
    }
    const std::size_t whole = bytes.size();
    const mqtt::frame_limits limits{
        .maximum_packet_size = rules_->mqtt.max_packet_size.value_or_max(), .version = version_};
    while (!ended_ && !deferring()) {
        const auto next = mqtt::next_frame(bytes, limits);
        if (!next) {
            fail(next.error());
            return;
        }
        if (!*next) {
            break;
        }
        handle(**next);
        if (env_.broker.has_queued_a_burst()) {
            deliver_ready(env_);
        }
    }
    if (ended_) {
        return;
    }
    if (bytes.size() != whole) {
        last_packet_ = env_.clock.now().steady;
    }
    keep(bytes, joined);
}

// Bytes that must outlive the shard's read buffer: an unfinished packet, or what waits for a
// decision.
void client::keep(byte_view rest, bool joined) {
    if (rest.empty()) {
        leftover_.reset();
    } else if (!joined || rest.size() != leftover_->size()) {
        leftover_ = std::make_unique<std::string>(rest);  // an erased string would keep its memory
    }
}

void client::handle(const mqtt::frame& frame) {
    env_.broker.numbers().packets_received.add();
    if (dumps()) {
        dump("received", frame.whole);
    }
    if (is_too_much(frame.type, session_, env_)) {
        more().throttled = true;
    }
    switch (frame.type) {
    case packet_type::publish:
        return handle_publish(frame);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
        return handle_ack(frame);
    case packet_type::subscribe:
        return handle_subscribe(frame);
    case packet_type::unsubscribe:
        return handle_unsubscribe(frame);
    case packet_type::pingreq:
        return handle_pingreq(frame);
    case packet_type::disconnect:
        return handle_disconnect(frame);
    case packet_type::auth:
        return handle_auth(frame);
    default:
        // [MQTT-3.1.0-2] [X-TYPE-1]
        return fail({reason_code::protocol_error, "packet type not allowed from a client"});
    }
}

// [MQTT-4.13.1-1] [MQTT-4.8.0-1]
void client::fail(const mqtt::protocol_failure& failure) {
    env_.broker.numbers().protocol_errors.add();
    end({failure.code, failure.why, true});
}

bool client::dumps() const {
    return rules_->dump_packets && env_.log.enabled(log_level::debug);
}

void client::dump(std::string_view direction, byte_view packet) const {
    const auto client_id = session_ != nullptr ? session_->client_id : std::string_view{};
    dump_packet(env_.log, direction, client_id, summarize(packet, version_));
}

void client::defer(const mqtt::frame& frame) {
    more().deferred = frame.whole;
}

bool client::deferring() const {
    return extras_ && !extras_->deferred.empty();
}

// Whoever sends more than memory or the store can take at present is not read from for a moment.
bool client::throttled() const {
    return extras_ && extras_->throttled;
}

bool client::must_pause() const {
    return deferring() || throttled() || output_full();
}

// One frame for all reasons to wait, so that the loop's own frame stays small.
task<> client::pause() {
    if (deferring()) {
        co_await settle();
    } else if (throttled()) {
        co_await breathe();
    } else {
        co_await room_in_output();
    }
}

task<> client::settle() {
    const std::string packet = std::exchange(more().deferred, {});
    byte_view bytes = packet;
    const mqtt::frame_limits limits{.maximum_packet_size = packet.size(), .version = version_};
    const auto next = mqtt::next_frame(bytes, limits);
    const mqtt::frame frame = **next;
    switch (frame.type) {
    case packet_type::publish:
        co_await settle_publish(frame);
        break;
    case packet_type::subscribe:
        co_await settle_subscribe(frame);
        break;
    case packet_type::unsubscribe:
        co_await settle_unsubscribe(frame);
        break;
    default:
        co_await settle_auth(frame);
        break;
    }
    consume({});
}

void client::handle_pingreq(const mqtt::frame& frame) {
    if (const auto packet = mqtt::decode_pingreq(frame); !packet) {
        return fail(packet.error());
    }
    // [MQTT-3.12.4-1] Behind what has been earned before it, but never behind the store.
    deliver_held();
    if (ended_) {
        return;
    }
    std::string encoded;
    mqtt::encode(encoded, pingresp_packet{}, version_);
    reply(packet_type::pingresp, std::move(encoded));
}

// What waits for nothing but the CONNACK, if one is owed. [MQTT-3.2.0-1]
void client::reply(packet_type type, std::string encoded) {
    if (greeted_ && !connack_sent_) {
        session::answer behind{.type = type};
        behind.encoded = std::make_unique<std::string>(std::move(encoded));
        env_.broker.answer(*session_, std::move(behind));
        return;
    }
    std::string& output = connection_.output();
    const std::size_t start = output.size();
    output += encoded;
    sent(start);
}

}  // namespace lmqtt::client
