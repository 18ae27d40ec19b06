// SUBSCRIBE: check, decide, subscribe filter by filter, SUBACK, then the retained messages.
#include "broker/mount.hpp"
#include "client/client.hpp"
#include "client/held_to_packet.hpp"
#include "client/kept_names.hpp"

namespace lmqtt::client {

namespace {

subscribe_request describe(const subscribe_packet& packet, client_info who) {
    const auto identifier = packet.properties[prop::subscription_identifier];
    subscribe_request request;
    request.client = std::move(who);
    for (const auto& each : packet.filters) {
        request.filters.push_back(
            {{std::string(each.topic_filter), each.options, identifier.value_or(0)}, {}}
        );
    }
    return request;
}

}  // namespace

void client::handle_subscribe(const mqtt::frame& frame) {
    const auto packet = mqtt::decode_subscribe(frame, version_, rules_->decode);
    if (!packet) {
        return fail(packet.error());
    }
    if (!check_subscribe(*packet)) {
        return;
    }
    const auto& decides = env_.decisions.on_subscribe;
    if (decides.awaits()) {
        return defer(frame);
    }
    subscribe_request request = describe(*packet, info());
    const decision said = decides ? decides.decide(request) : decision{};
    subscribe(*packet, request, said);
}

task<> client::settle_subscribe(mqtt::frame frame) {
    const auto packet = mqtt::decode_subscribe(frame, version_, rules_->decode);
    subscribe_request request = describe(*packet, info());
    const kept_names names(request.client);
    const decision said = co_await env_.decisions.on_subscribe.decide_later(request);
    if (!ended_) {
        subscribe(*packet, request, said);
    }
}

// What ends the connection instead of being refused in the SUBACK.
bool client::check_subscribe(const subscribe_packet& packet) {
    if (packet.properties[prop::subscription_identifier] &&
        !rules_->mqtt.subscription_identifier_available) {
        fail(
            {reason_code::subscription_identifiers_not_supported,
             "subscription identifiers not supported"}
        );
        return false;
    }
    for (const auto& each : packet.filters) {
        if (each.options.no_local && broker::admissible::is_shared(each.topic_filter)) {
            fail({reason_code::protocol_error, "no local on a shared subscription"}
            );  // [MQTT-3.8.3-4]
            return false;
        }
    }
    return true;
}

// [MQTT-3.8.4-5] As if each filter had come alone; one answer in their order. [MQTT-3.9.3-1]
void client::subscribe(
    const subscribe_packet& packet, subscribe_request& request, const decision& said
) {
    suback_packet suback{.packet_id = packet.packet_id};
    const std::size_t asked = packet.filters.size();
    const decision kept = held_to_packet(said, request.filters, asked, env_.log);
    subscribe_outcome outcome;
    for (auto& each : request.filters) {
        const reason_code code = subscribe_one(each, kept, outcome);
        suback.reasons.push_back(
            suback_reason::from(code).value_or(suback_reason(reason_code::unspecified_error))
        );
    }
    session::answer answer{.type = packet_type::suback, .packet_id = packet.packet_id};
    answer.committed_by = outcome.committed_by;
    answer.encoded = std::make_unique<std::string>();
    const properties told = problem_information(kept);
    suback.properties = told;
    mqtt::encode(*answer.encoded, suback, version_);
    env_.broker.answer(*session_, std::move(answer));
    for (const auto& each : outcome.replays) {
        env_.broker.replay_retained(*session_, each);
    }
}

reason_code client::subscribe_one(
    subscribe_request::item& item, const decision& said, subscribe_outcome& outcome
) {
    if (!said.allowed()) {
        return said.reason;
    }
    if (!item.verdict.allowed()) {
        return item.verdict.reason;
    }
    // [MQTT-3.2.2-10] granted lower, not refused, whoever asks
    auto& granted = item.what.options.maximum_qos;
    granted = std::min(granted, rules_->mqtt.maximum_qos);
    const reason_code verdict = rules_->admissible.filter_verdict(item.what.topic_filter);
    if (verdict != reason_code::success) {
        return verdict;
    }
    const std::string& prefix = rules_->mount_point;
    if (!broker::can_be_mounted(prefix, item.what.topic_filter)) {
        return reason_code::topic_filter_invalid;
    }
    subscription mounted = item.what;
    mounted.topic_filter = broker::mounted_filter(prefix, item.what.topic_filter);
    // A program may have other prefixes than a configuration file: "a" makes "a#" of "#".
    if (!prefix.empty() && !topic::parse_filter(mounted.topic_filter, {})) {
        return reason_code::topic_filter_invalid;
    }
    if (!may_subscribe(mounted)) {
        return reason_code::not_authorized;
    }
    granted = mounted.options.maximum_qos;
    const auto result = env_.broker.subscribe(*session_, mounted);
    outcome.committed_by = std::max(outcome.committed_by, result.committed_by);
    if (static_cast<std::uint8_t>(result.reason) >= 0x80) {
        return result.reason;
    }
    if (result.replay) {
        outcome.replays.push_back(std::move(mounted.topic_filter));
    }
    if (env_.decisions.on_subscribed) {
        env_.decisions.on_subscribed(info(), item.what);
    }
    return result.reason;
}

}  // namespace lmqtt::client
