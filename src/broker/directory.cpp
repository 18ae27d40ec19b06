#include "broker/directory.hpp"

#include "base/assert.hpp"

namespace lmqtt::broker {

namespace {

constexpr std::size_t topics_a_sweep = 1000;

// The broker's own numbers; clients cannot publish here.
bool is_status(std::string_view topic) {
    return topic.starts_with("$SYS/");
}

}  // namespace

bool retained_messages::put(
    const mqtt::routed_message& message, const retained_limits& limits, author_ptr by
) {
    if (is_status(message.topic())) {
        put_status(message);
        return true;
    }
    const auto* const old = index_.find(message.topic());
    const std::uint64_t less = old == nullptr ? 0 : old->message->memory();
    const std::uint64_t bytes = bytes_ - less + message.memory();
    if ((old == nullptr && size() >= limits.maximum_messages) || bytes > limits.maximum_bytes) {
        return false;
    }
    bytes_ = bytes;
    index_.put(message.topic(), {message.copy(), std::move(by)});
    return true;
}

void retained_messages::put_status(const mqtt::routed_message& message) {
    LMQTT_ASSERT(is_status(message.topic()));
    statuses_ += index_.put(message.topic(), {message.copy(), nullptr}) ? 0U : 1U;
}

bool retained_messages::erase(std::string_view topic) {
    const auto old = index_.erase(topic);
    if (!old) {
        return false;
    }
    if (is_status(topic)) {
        --statuses_;
    } else {
        bytes_ -= old->message->memory();
    }
    return true;
}

std::vector<std::string> retained_messages::sweep(std::int64_t now_ms) {
    std::vector<std::string> gone;
    const auto look = [&](const kept_message& each) {
        const mqtt::routed_message& message = *each.message;
        if (message.expires_at_ms() != 0 && message.expires_at_ms() <= now_ms) {
            gone.emplace_back(message.topic());
        }
    };
    if (index_.each(sweep_, topics_a_sweep, look)) {
        sweep_ = {};
    }
    for (const auto& topic : gone) {
        erase(topic);
    }
    return gone;
}

}  // namespace lmqtt::broker
