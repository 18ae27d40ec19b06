#include "session/session.hpp"

#include <algorithm>

namespace lmqtt::session {

namespace {

auto place_of(std::vector<held_subscription>& held, std::string_view topic_filter) {
    return std::lower_bound(
        held.begin(),
        held.end(),
        topic_filter,
        [](const held_subscription& each, std::string_view filter) {
            return each.what.topic_filter < filter;
        }
    );
}

}  // namespace

bool session::expired(std::int64_t now_ms) const {
    if (attached() || expiry_interval_seconds == never_expires) {
        return false;
    }
    return now_ms - disconnected_at_ms >= std::int64_t{expiry_interval_seconds} * 1000;
}

held_subscription* session::find(std::string_view topic_filter) {
    const auto place = place_of(subscriptions, topic_filter);
    const bool found = place != subscriptions.end() && place->what.topic_filter == topic_filter;
    return found ? &*place : nullptr;
}

bool session::subscribe(subscription what) {
    if (held_subscription* const held = find(what.topic_filter)) {
        held->what = std::move(what);
        return false;
    }
    const auto place = place_of(subscriptions, what.topic_filter);
    subscriptions.insert(place, {std::move(what)});
    return true;
}

bool session::unsubscribe(std::string_view topic_filter) {
    const auto place = place_of(subscriptions, topic_filter);
    if (place == subscriptions.end() || place->what.topic_filter != topic_filter) {
        return false;
    }
    subscriptions.erase(place);
    if (subscriptions.empty()) {
        subscriptions.shrink_to_fit();
    }
    return true;
}

}  // namespace lmqtt::session
