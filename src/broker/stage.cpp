// Deliveries on their way into the journal.
#include "broker/broker.hpp"
#include "topic/topic_filter.hpp"

namespace lmqtt::broker {

std::string share_filter_of(const session::session& to, std::uint32_t tag) {
    if (tag == 0) {
        return {};
    }
    for (const auto& held : to.subscriptions) {
        const auto filter = topic::parse_filter(held.what.topic_filter, {});
        if (filter->shared() && group_tag(filter->share_name, filter->filter) == tag) {
            return held.what.topic_filter;
        }
    }
    return {};
}

ticket broker::stage_delivery(const mqtt::routed_message& message, change::delivery_saved&& saved) {
    if (staged_message_ != message.id()) {
        staged_message_ = message.id();
        journal_.stage(change::message_saved{stored_form_of(message)});
    }
    return journal_.stage(std::move(saved));
}

std::shared_ptr<const stored_message> stored_form_of(const mqtt::routed_message& message) {
    auto stored = std::make_shared<stored_message>();
    stored->id = message.id();
    stored->topic = message.topic();
    stored->payload = message.payload();
    stored->properties = message.properties();
    stored->publisher = message.publisher();
    stored->quality = message.quality();
    stored->retain = message.retain();
    stored->expiry_given = message.expiry_given();
    stored->published_at_ms = message.published_at_ms();
    stored->expires_at_ms = message.expires_at_ms();
    return stored;
}

}  // namespace lmqtt::broker
