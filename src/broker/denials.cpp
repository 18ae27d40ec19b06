#include "broker/denials.hpp"

#include <array>

namespace lmqtt::broker {

namespace {

constexpr std::int64_t interval_ms = 1000;

metric& number_of(metrics& numbers, denied_action what) {
    switch (what) {
    case denied_action::connect:
        return numbers.denied_connect;
    case denied_action::publish:
        return numbers.denied_publish;
    case denied_action::subscribe:
        return numbers.denied_subscribe;
    case denied_action::receive:
        return numbers.denied_receive;
    case denied_action::retain:
        break;
    }
    return numbers.denied_retain;
}

}  // namespace

std::string_view text_of(denied_action what) {
    constexpr std::array<std::string_view, 5> words{
        "connect", "publish", "subscribe", "receive", "retain"};
    return words.at(static_cast<std::size_t>(what));
}

// No part can hold the separator: MQTT's strings have no U+0000. [MQTT-1.5.4-2]
void denials::read_key(const denial& what) {
    key_.assign(what.client_id);
    key_ += '\0';
    key_ += text_of(what.action);
    key_ += '\0';
    key_ += what.topic;
}

bool denials::is_full() const {
    return known_.size() >= most_causes || bytes_ >= most_bytes;
}

bool denials::count(const denial& what, metrics& numbers, std::int64_t now_ms) {
    number_of(numbers, what.action).add();
    read_key(what);
    auto at = known_.find(key_);
    const bool first = at == known_.end();
    if (first) {
        if (is_full()) {
            return true;
        }
        bytes_ += key_.size();
        at = known_.emplace(key_, change::denials_counted{}).first;
        at->second.client_id = what.client_id;
        at->second.action = text_of(what.action);
        at->second.topic = what.topic;
    }
    change::denials_counted& cause = at->second;
    cause.username = what.username;
    cause.reason = what.reason;
    cause.last_at_ms = now_ms;
    ++cause.count;
    anything_new_ = true;
    return first;
}

void denials::tell(journal& changes, std::int64_t now_ms) {
    if (anything_new_ && now_ms - told_at_ms_ >= interval_ms && changes.has_room()) {
        told_at_ms_ = now_ms;
        tell_all(changes);
    }
}

void denials::tell_all(journal& changes) {
    for (auto& [key, cause] : known_) {
        if (cause.count != 0) {
            changes.stage_lazily(cause);
            cause.count = 0;
        }
    }
    anything_new_ = false;
    if (is_full()) {
        known_.clear();
        bytes_ = 0;
    }
}

}  // namespace lmqtt::broker
