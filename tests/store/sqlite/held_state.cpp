#include "histories.hpp"

#include <algorithm>
#include <sstream>

namespace lmqtt::test {

namespace {

std::string quoted(std::string_view bytes) {
    std::ostringstream out;
    out << bytes.size() << ':' << bytes;
    return out.str();
}

std::string text_of(const stored_message& message) {
    std::ostringstream out;
    out << message.id << ' ' << quoted(message.topic) << ' ' << quoted(message.payload) << ' '
        << quoted(message.properties) << ' ' << quoted(message.publisher) << ' '
        << static_cast<int>(message.quality) << message.retain << message.expiry_given << ' '
        << message.published_at_ms << ' ' << message.expires_at_ms;
    return out.str();
}

// Not its id: of older databases it is not known.
std::string text_of(const stored_will& will) {
    std::ostringstream out;
    out << quoted(will.topic) << ' ' << quoted(will.payload) << ' ' << quoted(will.properties)
        << ' ' << static_cast<int>(will.quality) << will.retain << ' ' << will.delay_seconds << ' '
        << will.fire_at_ms;
    out << (will.roles ? " roles" : "");
    for (const std::string& each : will.roles.value_or(std::vector<std::string>())) {
        out << ' ' << quoted(each);
    }
    return out.str();
}

std::string text_of(const stored_session& session) {
    const auto& about = session.about;
    std::ostringstream out;
    out << about.session_id << ' ' << quoted(about.client_id) << ' '
        << static_cast<int>(about.version) << ' ' << quoted(about.username) << ' '
        << about.created_at_ms << ' ' << about.connected_at_ms << ' ' << about.disconnected_at_ms
        << ' ' << about.expiry_interval_seconds << ' ' << about.receive_maximum << ' '
        << about.maximum_packet_size << ' ' << about.sent_position;
    std::vector<std::string> subscriptions;
    for (const subscription& each : session.subscriptions) {
        subscriptions.push_back(
            quoted(each.topic_filter) + std::to_string(static_cast<int>(each.options.maximum_qos)) +
            std::to_string(each.options.no_local) +
            std::to_string(each.options.retain_as_published) +
            std::to_string(each.options.retain_handling) + ' ' +
            std::to_string(each.subscription_identifier)
        );
    }
    std::sort(subscriptions.begin(), subscriptions.end());
    for (const auto& each : subscriptions) {
        out << "\n  subscription " << each;
    }
    std::vector<std::uint16_t> ids = session.packet_ids_taken;
    std::sort(ids.begin(), ids.end());
    for (const std::uint16_t each : ids) {
        out << "\n  taken " << each;
    }
    if (session.will) {
        out << "\n  will " << text_of(*session.will);
    }
    return out.str();
}

std::string text_of(const held_state::place& place) {
    std::ostringstream out;
    const auto& about = place.about;
    out << about.message_id << ' ' << static_cast<int>(about.quality) << about.retain
        << place.received << ' ' << quoted(about.share_filter);
    for (const std::uint32_t each : about.subscription_identifiers) {
        out << ' ' << each;
    }
    out << ' ' << (place.message ? text_of(*place.message) : "-");
    return out.str();
}

}  // namespace

void held_state::session(stored_session&& what) {
    const std::uint64_t id = what.about.session_id;
    sessions.emplace(id, std::move(what));
}

void held_state::will(change::will_saved&& what) {
    const std::uint64_t id = what.will.id;
    wills.emplace(id, std::move(what));
}

bool held_state::wants_payload(
    std::uint64_t /*payload_bytes*/, std::span<const stored_delivery> /*places*/
) {
    return true;
}

void held_state::message(
    stored_message&& what,
    bool /*with_payload*/,
    std::uint64_t /*payload_bytes*/,
    std::span<stored_delivery> places
) {
    for (stored_delivery& each : places) {
        place& here = queue[{each.about.session_id, each.about.position, each.about.message_id}];
        here.about = std::move(each.about);
        here.received = each.received;
        if (!each.received) {
            here.message = what;
        }
    }
}

void held_state::retained(stored_message&& what, const std::optional<stored_author>& by) {
    std::string topic = what.topic;
    if (by) {
        authors.emplace(topic, *by);
    }
    kept.emplace(std::move(topic), std::move(what));
}

std::string held_state::text() const {
    std::string all;
    for (const auto& [id, each] : sessions) {
        all += "session " + text_of(each) + '\n';
    }
    for (const auto& [where, each] : queue) {
        const auto& [session_id, position, message_id] = where;
        all += "place " + std::to_string(session_id) + ' ' + std::to_string(position) + ' ' +
               text_of(each) + '\n';
    }
    for (const auto& [id, each] : wills) {
        all += "will " + std::to_string(id) + ' ' + quoted(each.client_id) + ' ' +
               quoted(each.username) + ' ' + quoted(each.owner) + ' ' + text_of(each.will) + '\n';
    }
    for (const auto& [topic, each] : kept) {
        all += "retained " + text_of(each) + '\n';
    }
    for (const auto& [topic, each] : authors) {
        all += "author " + topic + ' ' + each.username + '@' + each.listener;
        for (const std::string& role : each.roles.value_or(std::vector<std::string>{"-"})) {
            all += ' ' + role;
        }
        all += '\n';
    }
    return all;
}

}  // namespace lmqtt::test
