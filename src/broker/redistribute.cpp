// What a session that has ended leaves of its shared groups, and what is still on its way to it
// from another shard, goes to other members. [MQTT-4.8.2-5]
//
// Its place in the store goes with it, so that a crash finds it once: here straight to the member;
// to another shard by way of nobody's queue, where the next start finds it if the other shard's
// part was never stored. A shard's changes leave for the store before its boxes leave for others,
// so the store hears of the two steps in this order.
#include "broker/broker.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::broker {

namespace {

// Of the groups that a topic concerns, the one that a match was chosen from.
struct group_of_tag {
    std::uint32_t tag;
    const topic::shared_group* found = nullptr;

    void subscription(const topic::subscriber& /*each*/) const {}

    void group(const topic::shared_group& each) {
        if (group_tag(each.share_name(), each.filter()) == tag) {
            found = &each;
        }
    }
};

std::string filter_of(const topic::shared_group& group) {
    return "$share/" + std::string(group.share_name()) + '/' + std::string(group.filter());
}

// A place in nobody's queue, which is where it is from now on.
change::delivery_saved
as_nobodys(std::uint64_t message_id, qos quality, std::uint64_t position, inheritance& of) {
    change::delivery_saved between{};
    between.message_id = message_id;
    between.position = position;
    between.quality = quality;
    between.share_filter = of.topic_filter;
    of.place = stored_place{0, position, quality};
    return between;
}

}  // namespace

std::optional<match> choose_member(
    const topic::shared_group& group, topic::strategy how, handle publisher, std::uint64_t random
) {
    const auto* const member = topic::choose(group, how, publisher, random);
    if (member == nullptr) {
        return std::nullopt;
    }
    return match{
        member->session,
        member->options,
        member->subscription_identifier,
        group_tag(group.share_name(), group.filter())};
}

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
            const auto member =
                group == nullptr
                    ? std::nullopt
                    : choose_member(*group, options_.strategy, each.message->origin(), random_());
            if (member) {
                chosen.push_back(*member);
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

// Before its publisher is answered; with nobody left in a group, it is as if it had matched none.
void broker::hand_on(
    const mqtt::routed_message_ptr& message, local_result& result, std::int64_t now_ms
) {
    for (const std::uint32_t tag : std::exchange(routing_.departed, {})) {
        std::optional<match> chosen;
        inheritance what;
        shared_.subscriptions.with_shared([&](const topic::subscription_index& index) {
            group_of_tag sink{tag};
            index.match(message->topic(), sink);
            if (sink.found != nullptr) {
                chosen =
                    choose_member(*sink.found, options_.strategy, message->origin(), random_());
                what.topic_filter = filter_of(*sink.found);
            }
        });
        if (!chosen) {
            continue;
        }
        local_result added;
        if (shard_of(chosen->to) == options_.shard) {
            added = deliver(message, match_span(&*chosen, 1), now_ms);
        } else {
            added.matched = true;
            added.committed_by = keep_as_nobodys(*message, what);
            delivery_order order{message, {*chosen}, {}, options_.shard};
            order.from = std::make_unique<inheritance>(std::move(what));
            pass_on(std::move(order));
        }
        result.matched = result.matched || added.matched;
        result.refused = result.refused || added.refused;
        result.committed_by = std::max(result.committed_by, added.committed_by);
    }
}

// The publisher may be answered when it is stored so: whatever becomes of the other shard's part.
ticket broker::keep_as_nobodys(const mqtt::routed_message& message, inheritance& of) {
    if (!journal_.durable() || message.quality() == qos::at_most_once) {
        return 0;
    }
    auto between = as_nobodys(message.id(), message.quality(), shared_.next_message_id(), of);
    between.linked = routing_.linking;
    return stage_delivery(message, std::move(between), false);
}

void broker::pass_on(delivery_order&& order) {
    if (const auto from = order.from->place; from && from->session_id != 0) {
        journal_.stage(change::delivery_moved{
            from->session_id,
            from->position,
            as_nobodys(order.message->id(), from->quality, shared_.next_message_id(), *order.from)}
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
