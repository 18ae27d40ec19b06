#include "histories.hpp"

#include <lmqtt/properties.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace lmqtt::test {

std::vector<store_change> history::turn() {
    using step = void (history::*)(changes&);
    constexpr std::array<step, 16> steps{
        &history::save_session,
        &history::change_session,
        &history::subscribe,
        &history::publish,
        &history::publish,
        &history::publish,
        &history::publish,
        &history::acknowledge,
        &history::acknowledge,
        &history::acknowledge,
        &history::retain,
        &history::take_packet_id,
        &history::move,
        &history::leave_will,
        &history::let_go_of_will,
        &history::end_session,
    };
    changes made;
    for (std::uint64_t left = 1 + below(8); left > 0; --left) {
        (this->*steps.at(below(steps.size())))(made);
    }
    return made;
}

std::string history::any_text(std::size_t longest) {
    constexpr std::array<std::string_view, 8> pieces{"a", "/", "\"", "\\", "ü", "\n", "€", "'"};
    std::string text;
    while (text.size() < below(longest + 1)) {
        text += pieces.at(below(pieces.size()));
    }
    return text;
}

// In the order in which they come back.
std::string history::any_properties(bool of_will) {
    properties made;
    if (chance(30)) {
        made.set(prop::payload_format_indicator, static_cast<std::uint8_t>(below(2)));
    }
    if (chance(30)) {
        made.set(prop::content_type, any_text(10));
    }
    if (chance(30)) {
        made.set(prop::response_topic, "r" + any_text(10));
    }
    if (chance(30)) {
        made.set(prop::correlation_data, std::string("\0\xff", 2) + any_text(5));
    }
    for (std::uint64_t left = below(3); left > 0; --left) {
        const std::string name = any_text(8);
        const std::string value = any_text(8);
        made.add({name, value});
    }
    if (of_will && chance(30)) {
        made.set(prop::message_expiry_interval, static_cast<std::uint32_t>(below(1U << 31U)));
    }
    return made.wire();
}

stored_message history::any_message() {
    stored_message made;
    made.id = ++last_message_;
    made.topic = "t" + any_text(20);
    made.payload = std::string(chance(5) ? below(20000) : below(200), chance(50) ? 'x' : '\0');
    made.properties = any_properties(false);
    made.publisher = chance(80) ? "p" + any_text(10) : "";
    made.quality = static_cast<qos>(1 + below(2));
    made.retain = chance(20);
    made.expiry_given = chance(30);
    made.published_at_ms = 1'700'000'000'000 + static_cast<std::int64_t>(last_message_);
    made.expires_at_ms = chance(50) ? made.published_at_ms + 1000 : 0;
    return made;
}

// 0: there is none.
std::uint64_t history::any_session() {
    if (state_.sessions.empty()) {
        return 0;
    }
    auto chosen = state_.sessions.begin();
    std::advance(chosen, below(state_.sessions.size()));
    return chosen->first;
}

void history::save_session(changes& into) {
    if (state_.sessions.size() > 8) {
        return;
    }
    change::session_saved about{};
    about.session_id = ++last_session_;
    about.client_id = "c" + std::to_string(last_session_) + any_text(10);
    about.version = static_cast<protocol_version>(3 + below(3));
    about.username = any_text(4);
    about.owner = any_text(4);
    about.created_at_ms = static_cast<std::int64_t>(1 + below(1000));
    about.connected_at_ms = static_cast<std::int64_t>(1 + below(1000));
    about.disconnected_at_ms = static_cast<std::int64_t>(below(2) * below(1000));
    about.expiry_interval_seconds =
        chance(20) ? 0xFFFF'FFFF : 1 + static_cast<std::uint32_t>(below(1000));
    about.receive_maximum = static_cast<std::uint16_t>(1 + below(65535));
    about.maximum_packet_size = static_cast<std::uint32_t>(below(1U << 28U));
    state_.sessions[about.session_id].about = about;
    into.emplace_back(std::move(about));
}

void history::change_session(changes& into) {
    const std::uint64_t id = any_session();
    if (id == 0) {
        return;
    }
    change::session_saved& about = state_.sessions[id].about;
    about.connected_at_ms += 1;
    about.disconnected_at_ms = static_cast<std::int64_t>(below(2) * below(1000));
    about.sent_position = positions_[id];
    into.emplace_back(about);
}

void history::subscribe(changes& into) {
    const std::uint64_t id = any_session();
    if (id == 0) {
        return;
    }
    auto& held = state_.sessions[id].subscriptions;
    if (!held.empty() && chance(40)) {
        into.emplace_back(change::subscription_removed{id, held.back().topic_filter});
        held.pop_back();
        return;
    }
    subscription made;
    made.topic_filter = (chance(30) ? "$share/g/" : "") + std::string("f/") + any_text(6);
    made.options = {
        static_cast<qos>(below(3)), chance(50), chance(50), static_cast<std::uint8_t>(below(3))};
    made.subscription_identifier = static_cast<std::uint32_t>(below(2) * below(1000));
    std::erase_if(held, [&](const subscription& each) {
        return each.topic_filter == made.topic_filter;
    });
    held.push_back(made);
    into.emplace_back(change::subscription_saved{id, made});
}

void history::publish(changes& into) {
    if (state_.sessions.empty()) {
        return;
    }
    const auto message = any_message();
    into.emplace_back(change::message_saved{message});
    for (std::uint64_t left = 1 + below(3); left > 0; --left) {
        const std::uint64_t id = any_session();
        // By its number, not by chance, as below.
        const qos quality = std::min(message.quality, static_cast<qos>(message.id % 5));
        if (quality == qos::at_most_once &&
            state_.queue.contains({id, positions_[id], message.id})) {
            continue;  // as the last words of a broker, two copies of one message are one row
        }
        change::delivery_saved about{
            message.id, id, positions_[id], quality, chance(20), {}, {}, false};
        positions_[id] += quality == qos::at_most_once ? 0 : 1;
        for (std::uint64_t more = below(3); more > 0; --more) {
            about.subscription_identifiers.push_back(
                static_cast<std::uint32_t>(1 + below(1U << 28U))
            );
        }
        about.share_filter = chance(20) ? "$share/g/f" : "";
        state_.queue[{id, about.position, message.id}] = {about, false, message};
        into.emplace_back(about);
    }
}

void history::acknowledge(changes& into) {
    if (state_.queue.empty()) {
        return;
    }
    auto chosen = state_.queue.begin();
    std::advance(chosen, below(std::min<std::size_t>(state_.queue.size(), 10)));
    const auto& about = chosen->second.about;
    if (about.quality == qos::exactly_once && !chosen->second.received && chance(60)) {
        into.emplace_back(change::delivery_received{
            about.message_id, about.session_id, about.position});
        chosen->second.received = true;
        chosen->second.message.reset();
        return;
    }
    into.emplace_back(change::delivery_removed{about.message_id, about.session_id, about.position});
    state_.queue.erase(chosen);
}

// To another session, or to nobody, or from there.
void history::move(changes& into) {
    std::vector<decltype(state_.queue)::key_type> movable;
    for (const auto& [where, each] : state_.queue) {
        if (!each.received && each.about.quality != qos::at_most_once) {
            movable.push_back(where);
        }
    }
    if (movable.empty()) {
        return;
    }
    const auto from = movable.at(below(movable.size()));
    const auto [from_session, from_position, message_id] = from;
    const std::uint64_t to = from_session != 0 && chance(50) ? 0 : any_session();
    held_state::place place = state_.queue.at(from);
    place.about.session_id = to;
    place.about.position = positions_[to]++;
    place.about.share_filter = "$share/g/f";
    place.about.subscription_identifiers.clear();
    into.emplace_back(change::delivery_moved{from_session, from_position, place.about});
    state_.queue.erase(from);
    state_.queue[{to, place.about.position, message_id}] = std::move(place);
}

void history::retain(changes& into) {
    if (!state_.kept.empty() && chance(30)) {
        into.emplace_back(change::retained_removed{state_.kept.begin()->first, ++last_message_});
        state_.authors.erase(state_.kept.begin()->first);
        state_.kept.erase(state_.kept.begin());
        return;
    }
    stored_message made = any_message();
    made.retain = true;
    if (chance(50)) {
        made.topic = "t/" + std::to_string(below(5));
    }
    // By its number, not by chance: histories of a seed stay what they are.
    std::optional<stored_author> by;
    state_.authors.erase(made.topic);
    if (made.id % 2 == 0) {
        by = stored_author{made.id % 3 == 0 ? "anna" : "", made.id % 5 == 0 ? "" : "lan", {}};
        if (made.id % 4 == 0) {
            by->roles.emplace(made.id % 3, "a \"role\"");
        }
        state_.authors[made.topic] = *by;
    }
    state_.kept[made.topic] = made;
    into.emplace_back(change::retained_saved{std::move(made), std::move(by)});
}

void history::take_packet_id(changes& into) {
    const std::uint64_t id = any_session();
    if (id == 0) {
        return;
    }
    auto& taken = state_.sessions[id].packet_ids_taken;
    if (!taken.empty() && chance(50)) {
        into.emplace_back(change::packet_id_freed{id, taken.back()});
        taken.pop_back();
        return;
    }
    const auto packet_id = static_cast<std::uint16_t>(1 + below(65535));
    if (std::find(taken.begin(), taken.end(), packet_id) == taken.end()) {
        taken.push_back(packet_id);
        into.emplace_back(change::packet_id_taken{id, packet_id});
    }
}

void history::leave_will(changes& into) {
    const std::uint64_t id = any_session();
    if (id == 0) {
        return;
    }
    auto& will = state_.sessions[id].will;
    if (will && chance(50)) {
        into.emplace_back(change::will_removed{will->id});
        will.reset();
        return;
    }
    change::will_saved saved = any_will(id);
    saved.will.id = will ? will->id : saved.will.id;
    will = saved.will;
    into.emplace_back(std::move(saved));
}

change::will_saved history::any_will(std::uint64_t session_id) {
    change::will_saved made{session_id, "w" + any_text(5), any_text(4), any_text(4), {}};
    made.will = stored_will{
        "w" + any_text(5),
        any_text(20),
        any_properties(true),
        static_cast<qos>(below(3)),
        chance(50),
        static_cast<std::uint32_t>(below(1000)),
        static_cast<std::int64_t>(below(2) * below(1000))};
    if (made.will.payload.size() % 2 != 0) {
        made.will.roles.emplace(made.will.payload.size() % 3, made.will.topic);
    }
    made.will.id = ++last_message_;
    return made;
}

// One that no session holds comes or goes, or a session's becomes one.
void history::let_go_of_will(changes& into) {
    if (!state_.wills.empty() && chance(50)) {
        into.emplace_back(change::will_removed{state_.wills.begin()->first});
        state_.wills.erase(state_.wills.begin());
        return;
    }
    change::will_saved made = any_will(0);
    if (const std::uint64_t id = any_session(); id != 0 && state_.sessions[id].will) {
        made.will = *std::exchange(state_.sessions[id].will, std::nullopt);
    }
    into.emplace_back(made);
    state_.wills[made.will.id] = std::move(made);
}

void history::end_session(changes& into) {
    if (!chance(30)) {
        return;
    }
    const std::uint64_t id = any_session();
    if (id == 0) {
        return;
    }
    into.emplace_back(change::session_removed{id});
    state_.sessions.erase(id);
    std::erase_if(state_.queue, [&](const auto& each) { return std::get<0>(each.first) == id; });
}

}  // namespace lmqtt::test
