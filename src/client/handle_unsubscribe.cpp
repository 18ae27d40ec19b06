// UNSUBSCRIBE: decide, unsubscribe filter by filter, UNSUBACK.
#include "broker/mount.hpp"
#include "client/client.hpp"
#include "client/held_to_packet.hpp"
#include "client/kept_names.hpp"

namespace lmqtt::client {

namespace {

unsubscribe_request describe(const unsubscribe_packet& packet, client_info who) {
    unsubscribe_request request;
    request.client = std::move(who);
    for (const std::string_view each : packet.filters) {
        request.filters.push_back({std::string(each), {}});
    }
    return request;
}

}  // namespace

void client::handle_unsubscribe(const mqtt::frame& frame) {
    const auto packet = mqtt::decode_unsubscribe(frame, version_, rules_->decode);
    if (!packet) {
        return fail(packet.error());
    }
    const auto& decides = env_.decisions.on_unsubscribe;
    if (decides.awaits()) {
        return defer(frame);
    }
    unsubscribe_request request = describe(*packet, info());
    const decision said = decides ? decides.decide(request) : decision{};
    unsubscribe(*packet, request, said);
}

task<> client::settle_unsubscribe(mqtt::frame frame) {
    const auto packet = mqtt::decode_unsubscribe(frame, version_, rules_->decode);
    unsubscribe_request request = describe(*packet, info());
    const kept_names names(request.client);
    const decision said = co_await env_.decisions.on_unsubscribe.decide_later(request);
    if (!ended_) {
        unsubscribe(*packet, request, said);
    }
}

// [MQTT-3.10.4-6] [MQTT-3.11.3-1]
void client::unsubscribe(
    const unsubscribe_packet& packet, unsubscribe_request& request, const decision& said
) {
    unsuback_packet unsuback{.packet_id = packet.packet_id};
    const std::size_t asked = packet.filters.size();
    const decision kept = held_to_packet(said, request.filters, asked, env_.log);
    ticket committed_by = 0;
    for (auto& each : request.filters) {
        const reason_code code = unsubscribe_one(each, kept, committed_by);
        unsuback.reasons.push_back(
            unsuback_reason::from(code).value_or(unsuback_reason(reason_code::unspecified_error))
        );
    }
    session::answer answer{.type = packet_type::unsuback, .packet_id = packet.packet_id};
    answer.committed_by = committed_by;
    answer.encoded = std::make_unique<std::string>();
    const properties told = problem_information(kept);
    unsuback.properties = told;
    mqtt::encode(*answer.encoded, unsuback, version_);
    env_.broker.answer(*session_, std::move(answer));
}

reason_code client::unsubscribe_one(
    unsubscribe_request::item& item, const decision& said, ticket& committed_by
) {
    if (!said.allowed()) {
        return said.reason;
    }
    if (!item.verdict.allowed()) {
        return item.verdict.reason;
    }
    ticket removed_by = 0;
    const auto mounted = broker::mounted_filter(rules_->mount_point, item.topic_filter);
    if (!env_.broker.unsubscribe(*session_, mounted, removed_by)) {
        return reason_code::no_subscription_existed;  // [MQTT-3.11.3-2]
    }
    committed_by = std::max(committed_by, removed_by);
    if (env_.decisions.on_unsubscribed) {
        env_.decisions.on_unsubscribed(info(), item.topic_filter);
    }
    return reason_code::success;
}

}  // namespace lmqtt::client
