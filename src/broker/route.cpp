// The way of a message: match, retain, queue with every receiver, here or on other shards.
#include "broker/broker.hpp"
#include "broker/stored_form.hpp"
#include "mqtt/check_properties.hpp"
#include "topic/topic_filter.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::broker {

std::uint32_t group_tag(std::string_view share_name, std::string_view filter) {
    const std::hash<std::string_view> hash;
    const std::size_t both = hash(share_name) * 31 + hash(filter);
    return static_cast<std::uint32_t>(both) | 1U;
}

namespace {

struct matching {
    std::vector<match>& into;
    topic::strategy how;
    handle publisher;
    std::minstd_rand& random;
    bool chose = false;

    void subscription(const topic::subscriber& each) {
        into.push_back({each.session, each.options, each.subscription_identifier, 0});
    }

    void group(const topic::shared_group& each) {
        chose = true;
        if (const auto member = choose_member(each, how, publisher, random())) {
            into.push_back(*member);
        }
    }
};

bool is_stored_when_retained(const mqtt::routed_message& message, const broker_options& options) {
    return message.quality() != qos::at_most_once || options.stores_retained_qos0;
}

// [MQTT-4.3.3-10] Its packet identifier will be stored, so what is delivered of it must be stored
// with it.
bool must_link(const registry& sessions, const receipt& answer_to) {
    const session::session* const publisher = sessions.resolve(answer_to.publisher);
    return answer_to.takes_packet_id && publisher != nullptr && publisher->stored_id != 0;
}

bool any_would_reject(
    const registry& sessions,
    const mqtt::routed_message& message,
    std::span<const match> matches,
    std::int64_t now_ms
) {
    return std::any_of(matches.begin(), matches.end(), [&](const match& each) {
        const session::session* to = sessions.resolve(each.to);
        return to != nullptr && to->out.would_reject(
                                    message,
                                    std::min(message.quality(), each.options.maximum_qos),
                                    to->rules->outbox,
                                    now_ms
                                );
    });
}

}  // namespace

const std::vector<match>& broker::find_matches(const publication& what, route_cache* cache) {
    const std::vector<match>* found = &routing_.matches;
    shared_.subscriptions.with_shared([&](const topic::subscription_index& index) {
        const std::uint64_t generation = routing_.generation = index.generation(what.topic);
        if (cache != nullptr) {
            if (const auto* known = cache->find(what.topic, generation)) {
                found = &known->matches;
                return;
            }
        }
        routing_.matches.clear();
        matching sink{routing_.matches, options_.strategy, what.origin, random_};
        index.match(what.topic, sink);
        if (cache == nullptr || sink.chose) {
            return;  // a group chooses anew for every message
        }
        if (auto* const place = cache->place_for(what.topic)) {
            place->topic = what.topic;
            place->generation = generation;
            place->matches = routing_.matches;
        }
    });
    return *found;
}

mqtt::routed_message_ptr broker::make_message(const publication& what, std::int64_t now_ms) {
    properties without;  // Topic Alias and the like are between the publisher and us
    mqtt::routed_fields fields;
    fields.topic = what.topic;
    fields.payload = what.payload;
    fields.properties = what.properties;
    if (const property_view all(what.properties); !mqtt::is_forwardable(all)) {
        without = mqtt::forwardable(all);
        fields.properties = without.wire();
    }
    fields.publisher = what.publisher;
    fields.quality = what.quality;
    fields.retain = what.retain;
    fields.origin = what.origin;
    fields.published_at_ms = now_ms;
    fields.expires_at_ms = what.expires_at_ms;
    fields.expiry_given = what.expiry_given;
    fields.id = shared_.next_message_id();
    return mqtt::make_routed_message(fields);
}

routed broker::route(
    const publication& what, const receipt& answer_to, route_cache* cache, std::int64_t now_ms
) {
    routed result;
    const std::vector<match>* matches = &find_matches(what, cache);
    const bool retain = what.retain && options_.retain_available;
    if (matches->empty() && !retain) {
        return result;
    }
    const auto message = make_message(what, now_ms);
    if (any_would_reject(registry_, *message, *matches, now_ms) ||
        (retain && !keep_retained(*message, what.author, result))) {
        result.refused = true;
        return result;
    }
    // On another shard, since the message was matched.
    const auto is_stale = [&](const topic::subscription_index& index) {
        return index.generation(what.topic) != routing_.generation;
    };
    if (retain && shared_.subscriptions.with_shared(is_stale)) {
        matches = &find_matches(what, cache);  // who came before it was kept is not sent it later
    }
    std::span<const match> here = *matches;
    if (options_.shards > 1) {
        result.linked = what.of_stored_will || must_link(registry_, answer_to);
        here = send_elsewhere(message, *matches, answer_to, result);
    }
    result.message_id = message->id();
    routing_.linking = result.linked;
    const local_result local = deliver(message, here, now_ms);
    routing_.linking = false;
    result.matched = local.matched;
    result.refused = local.refused;
    result.committed_by = std::max(result.committed_by, local.committed_by);
    if (result.refused && result.linked && !what.of_stored_will) {
        journal_.stage(change::packet_id_taken{0, 0, result.message_id, result.other_shards});
    }
    return result;
}

// Puts the message into the boxes of the shards that hold other receivers; what is left is ours.
match_span broker::send_elsewhere(
    const mqtt::routed_message_ptr& message,
    match_span matches,
    const receipt& answer_to,
    routed& result
) {
    routing_.sorted.assign(matches.begin(), matches.end());
    const auto by_shard = [](const match& left, const match& right) {
        return shard_of(left.to) < shard_of(right.to);
    };
    std::stable_sort(routing_.sorted.begin(), routing_.sorted.end(), by_shard);
    std::span<const match> here;
    for (auto first = routing_.sorted.begin(); first != routing_.sorted.end();) {
        const unsigned shard = shard_of(first->to);
        const auto last = std::upper_bound(first, routing_.sorted.end(), *first, by_shard);
        if (shard == options_.shard) {
            here = {first, last};
        } else {
            // The payload is copied once for each shard, because counts are not atomic.
            outgoing_[shard].emplace_back(delivery_order{
                message->copy(),
                std::vector<match>(first, last),
                answer_to,
                options_.shard,
                result.linked});
            ++result.other_shards;
        }
        first = last;
    }
    result.owed = answer_to.publisher == 0 ? std::uint16_t{0} : result.other_shards;
    result.linked = result.linked && result.other_shards != 0;
    return here;
}

bool broker::keep_retained(
    const mqtt::routed_message& message, const author_ptr& by, routed& result
) {
    const bool is_kept = !message.payload().empty();
    const bool stores = is_kept && is_stored_when_retained(message, options_);
    bool was_stored = false;
    const bool kept = shared_.retained.with([&](retained_messages& retained) {
        if (journal_.durable() && !stores) {
            const auto* const before = retained.index().find(message.topic());
            was_stored = before != nullptr && is_stored_when_retained(*before->message, options_);
        }
        message.renumber(shared_.next_message_id());  // so that the later one is the higher one
        if (!is_kept) {
            retained.erase(message.topic());  // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
            return true;
        }
        return retained.put(message, options_.retained, by);  // [MQTT-3.3.1-5]
    });
    if (!kept || !journal_.durable() || !(stores || was_stored)) {
        return kept;
    }
    store_change change = change::retained_removed{std::string(message.topic()), message.id()};
    if (stores) {
        change = change::retained_saved{stored_form_of(message), stored_form_of(by)};
    }
    if (message.quality() == qos::at_most_once) {
        journal_.stage_lazily(std::move(change));
    } else {
        result.committed_by = journal_.stage(std::move(change));
    }
    return true;
}

// One delivery for each client, whatever number of its subscriptions matched, unless it wants every
// copy. [MQTT-3.3.4-2] [MQTT-3.3.4-4]
void broker::gather(const mqtt::routed_message& message, std::span<const match> matches) {
    ++routing_.mark;
    routing_.deliveries.clear();
    routing_.departed.clear();
    for (const match& each : matches) {
        session::session* const to = registry_.resolve(each.to);
        if (to == nullptr || (each.options.no_local && each.to == message.origin())) {
            if (to == nullptr && each.shared_by != 0) {
                routing_.departed.push_back(each.shared_by);
            }
            continue;  // [MQTT-3.8.3-3]
        }
        const bool alone = each.shared_by != 0 || to->rules->deliver_overlapping;
        if (alone || to->route_mark != routing_.mark) {
            if (!alone) {
                to->route_mark = routing_.mark;
                to->route_index = static_cast<std::uint32_t>(routing_.deliveries.size());
            }
            routing_.deliveries.push_back({to, each.options, each.shared_by, nullptr});
        } else if (auto& merged = routing_.deliveries[to->route_index];
                   each.options.maximum_qos > merged.options.maximum_qos) {
            merged.options = each.options;
        }
        if (each.subscription_identifier != 0) {
            auto& identifiers =
                (alone ? routing_.deliveries.back() : routing_.deliveries[to->route_index])
                    .identifiers;
            if (!identifiers) {
                identifiers = std::make_unique<session::identifier_list>();
            }
            identifiers->push_back(each.subscription_identifier);
        }
    }
}

local_result broker::deliver(
    const mqtt::routed_message_ptr& message, std::span<const match> matches, std::int64_t now_ms
) {
    gather(*message, matches);
    local_result result;
    result.matched = !routing_.deliveries.empty();
    for (delivery& each : routing_.deliveries) {
        queue(message, each, now_ms, result);
    }
    return result;
}

void broker::queue(
    const mqtt::routed_message_ptr& message,
    delivery& each,
    std::int64_t now_ms,
    local_result& result
) {
    session::session& to = *each.to;
    const session::policy& rules = *to.rules;
    const qos granted = each.options.maximum_qos;
    // [MQTT-3.8.4-8]
    const qos quality =
        rules.upgrade_outgoing_qos ? granted : std::min(message->quality(), granted);
    if (quality == qos::at_most_once && !to.attached() && !rules.queue_qos0) {
        const auto why = session::drop_reason::offline_qos0;
        drops_.push_back({message, message->id(), std::nullopt, why, quality});
        return account_drops(to, now_ms);
    }
    const bool durable = journal_.durable() && to.stored_id != 0 && quality != qos::at_most_once;
    const auto position = to.out.next_position();
    const bool soon = quality == qos::at_least_once && to.out.sends_next_at_once();
    std::string share_filter;
    if (durable) {
        share_filter = share_filter_of(to, each.shared_by);
        // Who has left the group meanwhile keeps what was on its way.
        each.shared_by = share_filter.empty() ? 0 : each.shared_by;
    }
    session::offer what{
        message,
        std::move(each.identifiers),
        durable ? journal_.next() : 0,
        each.shared_by,
        quality,
        message->retain() && each.options.retain_as_published,  // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    };
    change::delivery_saved saved;
    if (durable) {
        saved = {
            message->id(), to.stored_id, position, quality, what.retain, {}, {}, routing_.linking};
        saved.share_filter = std::move(share_filter);
        if (what.subscription_identifiers) {
            saved.subscription_identifiers = *what.subscription_identifiers;
        }
    }
    const auto verdict = to.out.push(std::move(what), rules.outbox, now_ms, drops_);
    if (durable && verdict == session::offer_verdict::queued) {
        result.committed_by = stage_delivery(*message, std::move(saved), soon);
        if (each.shared_by == 0) {
            pager_.queued(to, position, *message, journal_.last());
        }
    }
    result.refused = result.refused || verdict == session::offer_verdict::rejected;
    account_drops(to, now_ms);
    if (to.attached()) {
        ++queued_since_delivery_;
        mark_ready(to);
    }
}

// What is acknowledged before it is written need not be written: with every receiver quick, it is
// given the time.
ticket broker::stage_delivery(
    const mqtt::routed_message& message, change::delivery_saved&& saved, bool sent_at_once
) {
    if (const auto from = std::exchange(routing_.inherited, std::nullopt)) {
        return journal_.stage(change::delivery_moved{
            from->session_id, from->position, std::move(saved)});
    }
    if (sent_at_once) {
        journal_.wait().sent(saved);
    }
    if (routing_.staged_message != message.id()) {
        routing_.staged_message = message.id();
        journal_.stage_briefly(change::message_saved{stored_form_of(message)});
    }
    return sent_at_once ? journal_.stage_briefly(std::move(saved))
                        : journal_.stage(std::move(saved));
}

void broker::receive(std::span<envelope> envelopes, std::int64_t now_ms) {
    for (envelope& each : envelopes) {
        if (auto* order = std::get_if<delivery_order>(&each)) {
            if (order->from) {
                deliver_inherited(std::move(*order), now_ms);
                continue;
            }
            routing_.linking = order->linked && journal_.durable();
            local_result local = deliver(order->message, order->matches, now_ms);
            if (!routing_.departed.empty()) {
                hand_on(order->message, local, now_ms);
            }
            if (std::exchange(routing_.linking, false)) {
                local.committed_by =
                    journal_.stage(change::deliveries_linked{order->message->id()});
            }
            const receipt& asks = order->answer_to;
            const delivery_verdict verdict{asks, local.refused, local.matched};
            if (asks.publisher != 0 && asks.waits_for_store) {
                verdicts_.push_back({local.committed_by, order->from_shard, verdict});
            } else if (asks.publisher != 0) {
                outgoing_[order->from_shard].emplace_back(verdict);
            }
        } else {
            const auto& verdict = std::get<delivery_verdict>(each);
            if (session::session* const publisher =
                    registry_.resolve(verdict.answer_to.publisher)) {
                publisher->answers.settle(
                    verdict.answer_to.answer, verdict.refused, verdict.matched
                );
                mark_ready(*publisher);
            }
        }
    }
    send_verdicts();
}

// A verdict leaves when what it speaks for has committed. [MQTT-4.3.2-4]
void broker::send_verdicts() {
    while (!verdicts_.empty() && verdicts_.front().committed_by <= committed_) {
        const auto& next = verdicts_.front();
        outgoing_[next.to_shard].emplace_back(next.what);
        verdicts_.pop_front();
    }
}

}  // namespace lmqtt::broker
