// What a session that has ended leaves of its shared groups goes to other members. [MQTT-4.8.2-5]
//
// Its place in the store goes with it, so that a crash finds it once: here straight to the member;
// to another shard by way of nobody's queue, where the next start finds it if the other shard's
// part was never stored. A shard's changes leave for the store before its boxes leave for others,
// so the store hears of the two steps in this order.
#include "broker/broker.hpp"
#include "topic/topic_filter.hpp"

#include <utility>

namespace lmqtt::broker {

// While its subscriptions still say which group a message came through. What no other member can
// take stays, and is counted as dropped.
std::vector<leftover> broker::take_shared_leftovers(session::session& who) {
    std::vector<leftover> taken;
    for (const auto& held : who.subscriptions) {
        const auto filter = topic::parse_filter(held.what.topic_filter, {});
        const auto has_others = [&](const topic::subscription_index& index) {
            const auto* group = index.find_shared(filter->share_name, filter->filter);
            return group != nullptr && group->size() > 1;
        };
        if (!filter->shared() || !shared_.subscriptions.with_shared(has_others)) {
            continue;
        }
        const std::uint32_t tag = group_tag(filter->share_name, filter->filter);
        for (auto& each : who.out.take_shared_leftovers(tag)) {
            std::optional<stored_place> place;
            if (who.stored_id != 0 && each.quality != qos::at_most_once) {
                place = {who.stored_id, each.at, each.quality};
            }
            taken.push_back({std::move(each.message), {held.what.topic_filter, place}});
        }
    }
    return taken;
}

void broker::redistribute(std::vector<leftover>&& leftovers, std::int64_t now_ms) {
    for (leftover& each : leftovers) {
        const auto filter = topic::parse_filter(each.what.topic_filter, {});
        std::vector<match> chosen;
        shared_.subscriptions.with_shared([&](const topic::subscription_index& index) {
            const auto* group = index.find_shared(filter->share_name, filter->filter);
            const auto* member =
                group == nullptr
                    ? nullptr
                    : topic::choose(*group, options_.strategy, each.message->origin(), random_());
            if (member != nullptr) {
                chosen.push_back(
                    {member->session,
                     member->options,
                     member->subscription_identifier,
                     group_tag(filter->share_name, filter->filter)}
                );
            }
        });
        delivery_order order{std::move(each.message), std::move(chosen), {}, options_.shard};
        order.from = std::make_unique<inheritance>(std::move(each.what));
        if (order.matches.empty() || shard_of(order.matches.front().to) == options_.shard) {
            deliver_inherited(std::move(order), now_ms);
        } else {
            pass_on(std::move(order));
        }
    }
}

void broker::pass_on(delivery_order&& order) {
    std::optional<stored_place>& place = order.from->place;
    if (place && place->session_id != 0) {
        change::delivery_saved between{};
        between.message_id = order.message->id();
        between.position = shared_.next_message_id();
        between.quality = place->quality;
        between.share_filter = order.from->topic_filter;
        const auto from = std::exchange(place, stored_place{0, between.position, between.quality});
        journal_.stage(change::delivery_moved{from->session_id, from->position, std::move(between)}
        );
    }
    order.message = order.message->copy();  // counts are not atomic
    auto& to = outgoing_[shard_of(order.matches.front().to)];
    to.emplace_back(std::move(order));
}

// Whoever was chosen may have gone meanwhile: then it is another's, if there is one.
void broker::deliver_inherited(delivery_order&& order, std::int64_t now_ms) {
    const mqtt::routed_message_ptr message = std::move(order.message);
    if (!order.matches.empty() && registry_.resolve(order.matches.front().to) == nullptr) {
        std::vector<leftover> again;
        again.push_back({message, std::move(*order.from)});
        return redistribute(std::move(again), now_ms);
    }
    routing_.inherited = order.from->place;
    deliver(message, order.matches, now_ms);
    if (const auto left = std::exchange(routing_.inherited, std::nullopt)) {
        journal_.stage_lazily(change::delivery_removed{
            message->id(), left->session_id, left->position});
    }
}

}  // namespace lmqtt::broker
