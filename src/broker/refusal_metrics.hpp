// What the broker does not deliver, and what it allows nobody to do: the part of the metrics that
// says so.
#pragma once

#include "broker/metric.hpp"

#include <cstdint>

namespace lmqtt::broker {

class refusal_metrics : public metric_registry {
protected:
    static constexpr auto counter = metric_kind::counter;

public:
    metric dropped_queue_full{
        *this,
        counter,
        "lmqtt_dropped_queue_full_total",
        "Deliveries dropped because the session's queue was full."};
    metric dropped_message_expired{
        *this,
        counter,
        "lmqtt_dropped_message_expired_total",
        "Deliveries dropped because the message expired."};
    metric dropped_inflight_expired{
        *this,
        counter,
        "lmqtt_dropped_inflight_expired_total",
        "Unacknowledged deliveries given up to make room."};
    metric dropped_too_large{
        *this,
        counter,
        "lmqtt_dropped_too_large_total",
        "Deliveries larger than the client's Maximum Packet Size."};
    metric dropped_session_ended{
        *this,
        counter,
        "lmqtt_dropped_session_ended_total",
        "Deliveries left in a session that ended."};
    metric dropped_refused_by_client{
        *this,
        counter,
        "lmqtt_dropped_refused_by_client_total",
        "Deliveries the client refused with a reason code."};
    metric dropped_unreadable{
        *this,
        counter,
        "lmqtt_dropped_unreadable_total",
        "Deliveries left in the store alone, which had them no more."};
    metric dropped_offline_qos0{
        *this,
        counter,
        "lmqtt_dropped_offline_qos0_total",
        "QoS 0 deliveries not queued for an offline session."};
    metric dropped_not_allowed{
        *this,
        counter,
        "lmqtt_dropped_not_allowed_total",
        "Deliveries that access rules do not allow."};
    metric denied_connect{
        *this,
        counter,
        "lmqtt_denied_connect_total",
        "CONNECT packets with a name that access rules cannot use."};
    metric denied_publish{
        *this,
        counter,
        "lmqtt_denied_publish_total",
        "PUBLISH packets and wills that access rules do not allow."};
    metric denied_subscribe{
        *this,
        counter,
        "lmqtt_denied_subscribe_total",
        "Subscriptions that access rules do not allow."};
    metric denied_receive{
        *this,
        counter,
        "lmqtt_denied_receive_total",
        "Messages that access rules do not allow their receiver to get."};
    metric denied_retain{
        *this,
        counter,
        "lmqtt_denied_retain_total",
        "PUBLISH packets and wills that access rules allow only without RETAIN."};

    metric sessions_refused{
        *this,
        counter,
        "lmqtt_sessions_refused_total",
        "CONNECT packets refused because there were as many sessions as may be, in all or of their "
        "user."};

    // Deliveries dropped for any reason.
    std::int64_t dropped() const {
        return dropped_queue_full.value() + dropped_message_expired.value() +
               dropped_inflight_expired.value() + dropped_too_large.value() +
               dropped_session_ended.value() + dropped_refused_by_client.value() +
               dropped_unreadable.value() + dropped_offline_qos0.value() +
               dropped_not_allowed.value();
    }
};

}  // namespace lmqtt::broker
