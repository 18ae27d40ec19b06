#include "broker/stored_form.hpp"

#include "broker/requests.hpp"
#include "topic/topic_filter.hpp"

namespace lmqtt::broker {

stored_message stored_form_of(const mqtt::routed_message& message) {
    stored_message stored;
    stored.id = message.id();
    stored.topic = message.topic();
    stored.payload = message.payload();
    stored.properties = message.properties();
    stored.publisher = message.publisher();
    stored.quality = message.quality();
    stored.retain = message.retain();
    stored.expiry_given = message.expiry_given();
    stored.published_at_ms = message.published_at_ms();
    stored.expires_at_ms = message.expires_at_ms();
    return stored;
}

std::optional<stored_author> stored_form_of(const author_ptr& by) {
    if (!by) {
        return std::nullopt;
    }
    return stored_author{std::string(by->user_name()), std::string(by->listener()), by->roles()};
}

mqtt::routed_message_ptr routed_form_of(const stored_message& stored) {
    mqtt::routed_fields fields;
    fields.topic = stored.topic;
    fields.payload = stored.payload;
    fields.properties = stored.properties;
    fields.publisher = stored.publisher;
    fields.id = stored.id;
    fields.published_at_ms = stored.published_at_ms;
    fields.expires_at_ms = stored.expires_at_ms;
    fields.quality = stored.quality;
    fields.retain = stored.retain;
    fields.expiry_given = stored.expiry_given;
    return mqtt::make_routed_message(fields);
}

std::uint32_t routed_memory_of(const stored_message& stored, std::uint64_t payload_bytes) {
    const std::size_t rest =
        stored.topic.size() + stored.properties.size() + stored.publisher.size();
    return static_cast<std::uint32_t>(sizeof(mqtt::routed_message) + rest + payload_bytes);
}

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

std::uint32_t share_tag_of(const std::string& share_filter) {
    if (share_filter.empty()) {
        return 0;
    }
    const auto filter = topic::parse_filter(share_filter, {});
    return filter ? group_tag(filter->share_name, filter->filter) : 0;
}

}  // namespace lmqtt::broker
