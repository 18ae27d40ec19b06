// What happens because time passes: sessions and retained messages end.
#include "broker/broker.hpp"

#include <algorithm>

namespace lmqtt::broker {

namespace {

std::int64_t milliseconds(std::uint32_t seconds) {
    return std::int64_t{seconds} * 1000;
}

}  // namespace

routed broker::publish(const message& what, const sender& from, std::int64_t now_ms) {
    const property_view given = what.properties;
    const auto interval = given[prop::message_expiry_interval];
    publication next;
    next.topic = what.topic;
    next.payload = what.payload;
    next.properties = given.wire();
    next.publisher = from.client_id;
    next.author = from.author;
    next.origin = from.origin;
    next.quality = what.quality;
    next.retain = what.retain;
    next.expiry_given = interval.has_value();
    next.of_stored_will = from.of_stored_will;
    next.expires_at_ms = expiry_time(interval, from.rules.message_expiry_cap_seconds, now_ms);
    return route(next, {}, nullptr, now_ms);
}

void broker::publish_status(std::string_view topic, std::string_view payload, std::int64_t now_ms) {
    publication what;
    what.topic = topic;
    what.payload = payload;
    const auto message = make_message(what, now_ms);
    shared_.retained.with([&](retained_messages& retained) { retained.put_status(*message); });
    route(what, {}, nullptr, now_ms);
}

std::int64_t expiry_time(
    std::optional<std::uint32_t> interval_seconds, std::uint32_t cap_seconds, std::int64_t now_ms
) {
    if (!interval_seconds && cap_seconds == session::never_expires) {
        return 0;
    }
    return now_ms + milliseconds(std::min(interval_seconds.value_or(cap_seconds), cap_seconds));
}

void broker::expire_sessions(std::int64_t now_ms) {
    std::vector<handle> late;
    std::size_t messages = 0;
    std::uint64_t bytes = 0;
    registry_.for_each([&](session::session& each) {
        messages += each.out.size();
        bytes += each.out.bytes();
        if (each.expired(now_ms)) {
            late.push_back(each.self);
        }
    });
    numbers().queued_messages.set(static_cast<std::int64_t>(messages));
    numbers().queued_bytes.set(static_cast<std::int64_t>(bytes));
    for (const handle each : late) {
        if (session::session* const who = registry_.resolve(each)) {
            end_session(*who, termination::expired, now_ms);
        }
    }
}

void broker::expire_retained(std::int64_t now_ms) {
    std::uint64_t number = 0;
    const auto gone = shared_.retained.with([&](retained_messages& retained) {
        number = shared_.next_message_id();
        return retained.sweep(now_ms);
    });
    for (const auto& topic : gone) {
        journal_.stage_lazily(change::retained_removed{topic, number});
    }
}

}  // namespace lmqtt::broker
