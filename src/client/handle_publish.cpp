// PUBLISH from the client: admit, decide, route, answer.
#include "broker/mount.hpp"
#include "client/access_check.hpp"
#include "client/client.hpp"
#include "client/kept_names.hpp"

namespace lmqtt::client {

namespace {

bool is_duplicate(const session::session& session, const publish_packet& packet) {
    return packet.quality == qos::exactly_once && session.received.contains(packet.packet_id);
}

packet_type answer_type(const publish_packet& packet) {
    return packet.quality == qos::exactly_once ? packet_type::pubrec : packet_type::puback;
}

// Whoever sends more than memory or the store can take at present is read from more slowly.
bool is_too_much(const publish_packet& packet, const environment& env) {
    if (env.memory.load(std::memory_order_relaxed) != memory_stage::calm) {
        return true;
    }
    const bool kept = packet.quality != qos::at_most_once || packet.retain;
    return kept && env.broker.changes().behind();
}

// Kept for access rules, if there are any or not: there may be when the message is sent (C04).
const broker::author_ptr&
author_of(environment& env, const session::session& who, std::string_view listener, extras& its) {
    if (!its.author) {
        const bool has_own_roles = its.rights && !its.rights->roles_are_the_accounts;
        its.author = env.broker.shared().authors.with([&](broker::author_names& names) {
            broker::token_roles roles;
            if (has_own_roles) {
                roles = its.rights->roles;
            }
            return names.of(broker::proved_name(who), listener, roles);
        });
    }
    return its.author;
}

publish_request describe(const publish_packet& packet, client_info who) {
    publish_request request;
    request.client = std::move(who);
    request.what.topic = packet.topic;
    request.what.payload = packet.payload;
    request.what.quality = packet.quality;
    request.what.retain = packet.retain;
    request.what.properties = properties(packet.properties);
    return request;
}

}  // namespace

void client::handle_publish(const mqtt::frame& frame) {
    auto packet = mqtt::decode_publish(frame, version_, rules_->decode);
    if (!packet) {
        return fail(packet.error());
    }
    auto& numbers = env_.broker.numbers();
    numbers.publish_received.add();
    numbers.publish_received_bytes.add(static_cast<std::int64_t>(packet->payload.size()));
    if (!resolve_alias(*packet) || !admit_publish(*packet)) {
        return;
    }
    if (is_too_much(*packet, env_)) {
        more().throttled = true;
    }
    const bool duplicate = is_duplicate(*session_, *packet);
    if (counts(*packet, duplicate) && !window_.take()) {
        return fail({reason_code::receive_maximum_exceeded, "receive maximum exceeded"});
    }
    if (duplicate) {
        // [MQTT-4.3.3-10] Answered again, delivered once; the earlier answer's ticket covers both.
        env_.broker.answer(
            *session_,
            {.type = packet_type::pubrec,
             .packet_id = packet->packet_id,
             .committed_by = env_.broker.changes().last()}
        );
        return;
    }
    if (!may_publish(*packet)) {
        return answer_publish(*packet, {.reason = reason_code::not_authorized}, {});
    }
    const auto& decides = env_.decisions.on_msg_arrived;
    if (!decides) {
        return accept(*packet);
    }
    if (decides.awaits()) {
        return defer(frame);
    }
    publish_request request = describe(*packet, info());
    const decision said = decides.decide(request);
    accept_decided(*packet, request, said);
}

// [MQTT-3.3.4-7] [MQTT-4.9.0-1] Once an exchange and connection, however often it is repeated.
bool client::counts(const publish_packet& packet, bool duplicate) {
    if (duplicate) {
        return extras_ && extras_->uncounted.erase(packet.packet_id);
    }
    return packet.quality != qos::at_most_once;
}

task<> client::settle_publish(mqtt::frame frame) {
    auto packet = mqtt::decode_publish(frame, version_, rules_->decode);
    resolve_alias(*packet);
    publish_request request = describe(*packet, info());
    const kept_names names(request.client);
    const decision said = co_await env_.decisions.on_msg_arrived.decide_later(request);
    if (!ended_) {
        accept_decided(*packet, request, said);
    }
}

// [MQTT-3.3.2-7] [MQTT-3.3.2-8] [MQTT-3.3.2-12]
bool client::resolve_alias(publish_packet& packet) {
    if (!is_v5()) {
        return true;
    }
    const auto alias = packet.properties[prop::topic_alias];
    if (!alias) {
        return true;
    }
    if (*alias == 0 || *alias > rules_->mqtt.topic_alias_maximum) {
        // [MQTT-3.3.2-9] [MQTT-3.2.2-17] [MQTT-3.2.2-18]
        fail({reason_code::topic_alias_invalid, "topic alias out of range"});
        return false;
    }
    if (!packet.topic.empty()) {
        more().incoming.set(*alias, packet.topic);
        return true;
    }
    packet.topic = extras_ ? extras_->incoming.topic(*alias) : std::string_view{};
    if (packet.topic.empty()) {
        fail({reason_code::protocol_error, "topic alias was never set"});  // [X-PUB-3]
        return false;
    }
    return true;
}

bool client::admit_publish(const publish_packet& packet) {
    const auto refuse_with = [&](reason_code code, const char* why) {
        fail({code, why});
        return false;
    };
    if (!rules_->admissible.is_topic_name(packet.topic) ||
        !broker::can_be_mounted(rules_->mount_point, packet.topic)) {
        return refuse_with(
            reason_code::topic_name_invalid, "topic name invalid"
        );  // [MQTT-3.3.2-2]
    }
    if (packet.quality > rules_->mqtt.maximum_qos) {
        return refuse_with(reason_code::qos_not_supported, "QoS not supported");  // [MQTT-3.2.2-11]
    }
    if (packet.retain && !rules_->mqtt.retain_available) {
        return refuse_with(
            reason_code::retain_not_supported, "retain not supported"
        );  // [MQTT-3.2.2-14]
    }
    return true;
}

void client::accept_decided(
    const publish_packet& packet, const publish_request& request, const decision& said
) {
    if (!said.allowed()) {
        env_.broker.numbers().publish_refused.add();
        // [MQTT-3.4.2-1] [MQTT-3.5.2-1]
        auto reason = is_allowed(answer_type(packet), said.reason) ? said.reason
                                                                   : reason_code::unspecified_error;
        if (!is_v5()) {
            // It has no way to refuse one message: it is acknowledged. [MQTT-3.3.5-2 of 3.1.1]
            reason = reason_code::success;
        }
        return answer_publish(packet, {.reason = reason}, said);
    }
    if (request.drop) {
        answer_publish(packet, {}, said);
        return;
    }
    // A hook may have made up another topic, but it opens none that is closed to clients.
    const std::string& topic = request.what.topic;
    if (!broker::admissible::is_open(topic) ||
        !broker::can_be_mounted(rules_->mount_point, topic)) {
        return refuse_topic(packet);
    }
    publish_packet changed = packet;
    changed.topic = request.what.topic;
    changed.payload = request.what.payload;
    changed.quality = std::min(request.what.quality, qos::exactly_once);
    changed.retain = request.what.retain;
    changed.properties = request.what.properties;
    const std::uint16_t answered = packet.packet_id;
    changed.packet_id = answered;
    route(changed, packet);
}

void client::accept(const publish_packet& packet) {
    if (broker::admissible::is_reserved(packet.topic)) {
        return refuse_topic(packet);
    }
    route(packet, packet);
}

void client::refuse_topic(const publish_packet& packet) {
    env_.broker.numbers().publish_refused.add();
    const auto reason = is_v5() ? reason_code::topic_name_invalid : reason_code::success;
    answer_publish(packet, {.reason = reason}, {});
}

// What no room in memory, or none in the store, forbids. Never hidden: counted, and QoS 1 and 2 are
// told.
bool client::refuses(const publish_packet& packet) const {
    const bool durable = packet.quality != qos::at_most_once;
    return env_.memory.load(std::memory_order_relaxed) == memory_stage::refuse_messages ||
           (durable && !env_.broker.changes().has_room());
}

// `what` is delivered, `packet` is answered; a hook may have made them differ.
void client::route(const publish_packet& what, const publish_packet& packet) {
    if (refuses(packet)) {
        env_.broker.numbers().publish_refused.add();
        return answer_publish(packet, {.reason = reason_code::quota_exceeded}, {});
    }
    const std::int64_t now = now_ms();
    const auto interval = is_v5() ? what.properties[prop::message_expiry_interval] : std::nullopt;
    broker::publication publication;
    std::string mounted;
    publication.topic = what.topic;
    if (!rules_->mount_point.empty()) {
        mounted = broker::mounted_topic(rules_->mount_point, what.topic);
        publication.topic = mounted;
    }
    publication.payload = what.payload;
    publication.properties = what.properties.wire();
    publication.publisher = session_->client_id;
    if (what.retain) {
        publication.author = author_of(env_, *session_, rules_->name, more());
    }
    publication.origin = session_->self;
    publication.quality = what.quality;
    publication.retain = what.retain;
    publication.expiry_given = interval.has_value();
    publication.expires_at_ms =
        broker::expiry_time(interval, rules_->policy->message_expiry_cap_seconds, now);
    const bool answered = packet.quality != qos::at_most_once;
    const broker::receipt receipt{
        answered ? session_->self : 0,
        session_->answers.next(),
        packet.quality == qos::exactly_once,
        rules_->policy->waits_for_store};
    auto routed = env_.broker.route(publication, receipt, &more().routes, now);
    if (routed.refused) {
        env_.broker.numbers().publish_refused.add();
        return answer_publish(packet, {.reason = reason_code::quota_exceeded}, {});
    }
    if (packet.quality == qos::exactly_once) {
        env_.broker.take_packet_id(*session_, packet.packet_id, routed);
    }
    session::answer answer;
    answer.reason =
        routed.matched || !is_v5() ? reason_code::success : reason_code::no_matching_subscribers;
    answer.owed = routed.owed;
    answer.committed_by = routed.committed_by;
    answer_publish(packet, std::move(answer), {});
}

void client::answer_publish(
    const publish_packet& packet, session::answer what, const decision& said
) {
    if (packet.quality == qos::at_most_once) {
        return;
    }
    what.type = answer_type(packet);
    what.packet_id = packet.packet_id;
    const bool refused = static_cast<std::uint8_t>(what.reason) >= 0x80;
    if (refused && !is_v5()) {
        // [MQTT-4.8.0-2 of 3.1.1] Closing is the only way to say no.
        return end({what.reason, "a message could not be taken"});
    }
    if (packet.quality == qos::exactly_once && !refused) {
        broker::routed nowhere;  // where it was routed, its identifier is taken already
        env_.broker.take_packet_id(*session_, packet.packet_id, nowhere);
        what.committed_by = std::max(what.committed_by, nowhere.committed_by);
    }
    if (!said.reason_string.empty()) {
        what.reason_string = std::make_unique<std::string>(said.reason_string);
    }
    env_.broker.answer(*session_, std::move(what));
}

}  // namespace lmqtt::client
