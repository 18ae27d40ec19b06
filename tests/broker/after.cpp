// Two portraits, before and after: what may differ by design, and the comparison of all the rest.
#include "portrait.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

namespace lmqtt::broker::test {

namespace {

using phase = session::delivery_phase;

bool is_qos0(const portrait::place& each) {
    return each.quality == qos0;
}

// QoS 0 is in memory alone: a clean stop stores what has not expired by then, two copies of one
// message as one. It comes back in the order it was published, whatever shard it came from.
void keep_qos0(std::vector<portrait::place>& places, const ending& how) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> stored;
    std::erase_if(places, [&](const portrait::place& each) {
        const bool first = stored.emplace(each.message_id, each.at).second;
        const bool expired = each.moment_ms != 0 && each.moment_ms <= how.ended_at;
        return is_qos0(each) && (!how.clean || !first || expired);
    });
    const auto begin = std::find_if(places.begin(), places.end(), is_qos0);
    std::sort(begin, places.end(), [](const portrait::place& left, const portrait::place& right) {
        return std::pair(left.message_id, left.at) < std::pair(right.message_id, right.at);
    });
}

// What is sent is not stored while its client is connected: of a window of it, it is not known, and
// a client is told so rather than not. [MQTT-3.3.1-1]
void mark_perhaps_sent(portrait::person& who, std::uint16_t maximum_inflight) {
    std::size_t window = std::min(who.receive_maximum, maximum_inflight);
    for (portrait::place& each : who.places) {
        if (each.quality != qos0 && each.state != phase::pubrel && window != 0) {
            each.state = phase::sent;
            --window;
        }
    }
}

// Its connection is lost in the moment in which the brokers are back.
void disconnect(portrait::person& who, const ending& how, std::vector<stored_will>& fired) {
    who.disconnected_at_ms = how.back_at;
    for (std::string& each : who.filed) {
        if (const auto at = each.find(" online"); at != std::string::npos) {
            each.replace(at, 7, " offline");
        }
    }
    if (!who.will) {
        return;
    }
    const auto delay = std::min(who.will->delay_seconds, who.expiry_interval_seconds);
    if (delay == 0) {
        fired.push_back(*std::exchange(who.will, std::nullopt));
    } else {
        who.will->fire_at_ms = how.back_at + std::int64_t{delay} * 1000;
    }
}

// It may have been stored while it was to last, and is until it ends.
bool ends_with_its_connection(const portrait::person& who) {
    return who.expiry_interval_seconds == 0;
}

// Not what its client may have begun to receive at QoS 2. [MQTT-4.8.2-5]
void leave_to_groups(const portrait::person& who, std::vector<portrait::heirloom>& left) {
    for (const portrait::place& each : who.places) {
        const bool begun = each.quality == qos2 && each.state != phase::queued;
        if (who.stored_id != 0 && !is_qos0(each) && !each.share_filter.empty() && !begun) {
            left.push_back({each.message_id, each.share_filter});
        }
    }
}

}  // namespace

portrait after(portrait before, const ending& how) {
    // A session that ends with its connection ends with the process, and its will is due.
    for (auto& [client_id, who] : before.sessions) {
        if (!ends_with_its_connection(who)) {
            continue;
        }
        if (who.will) {
            before.fired.push_back(*std::exchange(who.will, std::nullopt));
        }
        mark_perhaps_sent(who, how.maximum_inflight);
        leave_to_groups(who, before.left_to_groups);
    }
    std::erase_if(before.sessions, [](const auto& each) {
        return ends_with_its_connection(each.second);
    });
    before.places_taken = static_cast<std::int64_t>(before.sessions.size());
    for (auto& [client_id, who] : before.sessions) {
        who.shard = how.home(client_id);
        if (who.connected) {
            mark_perhaps_sent(who, how.maximum_inflight);
            disconnect(who, how, before.fired);
        }
        keep_qos0(who.places, how);
        for (portrait::place& each : who.places) {
            if (each.state != phase::queued) {
                each.moment_ms = how.back_at;  // which counts from now on
            }
        }
    }
    return before;
}

namespace {

std::string quoted(std::string_view bytes) {
    std::ostringstream out;
    out << '"' << bytes << '"';
    return out.str();
}

std::string text_of(const stored_message& message) {
    std::ostringstream out;
    out << "message " << message.id << ' ' << quoted(message.topic) << ' '
        << quoted(message.payload) << ' ' << quoted(message.properties) << " by "
        << quoted(message.publisher) << " qos " << static_cast<int>(message.quality) << " retain "
        << message.retain << " expiry given " << message.expiry_given << " published "
        << message.published_at_ms << " expires " << message.expires_at_ms;
    return out.str();
}

std::string text_of(const std::optional<std::vector<std::string>>& roles) {
    std::string text = roles ? " roles" : " no roles";
    for (const std::string& each : roles.value_or(std::vector<std::string>())) {
        text += ' ' + quoted(each);
    }
    return text;
}

std::string text_of(const stored_will& will) {
    std::ostringstream out;
    out << "will " << quoted(will.topic) << ' ' << quoted(will.payload) << ' '
        << quoted(will.properties) << " qos " << static_cast<int>(will.quality) << " retain "
        << will.retain << " delay " << will.delay_seconds << " at " << will.fire_at_ms
        << text_of(will.roles);
    return out.str();
}

std::string text_of(const portrait::place& place) {
    std::ostringstream out;
    out << "place " << place.at << " of " << place.message_id << " state "
        << static_cast<int>(place.state) << " qos " << static_cast<int>(place.quality) << " retain "
        << place.retain << " moment " << place.moment_ms << " bytes " << place.bytes
        << " shared by " << place.shared_by << " identifiers";
    for (const std::uint32_t each : place.identifiers) {
        out << ' ' << each;
    }
    out << ' ' << (place.message ? text_of(*place.message) : "PUBREL");
    return out.str();
}

// One line a fact.
std::string text_of(const portrait::person& who) {
    std::ostringstream out;
    out << "shard " << who.shard << " stored " << who.stored_id << " user " << quoted(who.username)
        << " owner " << quoted(who.owner) << " version " << static_cast<int>(who.version)
        << " created " << who.created_at_ms << " connected " << who.connected_at_ms
        << " disconnected " << who.disconnected_at_ms << " expiry " << who.expiry_interval_seconds
        << " receive maximum " << who.receive_maximum << " packet size " << who.maximum_packet_size
        << '\n';
    for (const subscription& each : who.subscriptions) {
        out << "subscription " << quoted(each.topic_filter) << ' ' << options_text(each.options)
            << ' ' << each.subscription_identifier << '\n';
    }
    for (const std::string& each : who.filed) {
        out << "filed " << each << '\n';
    }
    for (const std::uint16_t each : who.received) {
        out << "received " << each << '\n';
    }
    out << (who.will ? text_of(*who.will) : "no will") << '\n';
    for (const portrait::place& each : who.places) {
        out << text_of(each) << '\n';
    }
    return out.str();
}

std::string text_of(const portrait::kept& kept) {
    const std::string by = kept.by ? quoted(kept.by->username) + " on " +
                                         quoted(kept.by->listener) + text_of(kept.by->roles)
                                   : "nobody";
    return text_of(kept.message) + " left by " + by;
}

template <class Value>
void check_equal(
    const std::map<std::string, Value>& found, const std::map<std::string, Value>& expected
) {
    for (const auto& [name, value] : expected) {
        INFO(name);
        const auto same = found.find(name);
        CHECK((same == found.end() ? "is not there" : text_of(same->second)) == text_of(value));
    }
    for (const auto& [name, value] : found) {
        INFO(name);
        CHECK((expected.count(name) == 1 || text_of(value) == "is not expected"));
    }
}

// What wills without a delay have become, for which there is no other trace.
void leave_out_fired(portrait& found, portrait& expected) {
    const auto is_fired = [&](const stored_message& message) {
        return std::any_of(
            expected.fired.begin(),
            expected.fired.end(),
            [&](const stored_will& will) {
                return will.topic == message.topic && will.payload == message.payload &&
                       will.quality == message.quality && will.retain == message.retain;
            }
        );
    };
    for (portrait* const one : {&found, &expected}) {  // a client may have had the same one before
        for (auto& [client_id, who] : one->sessions) {
            std::erase_if(who.places, [&](const portrait::place& each) {
                return each.message && is_fired(*each.message);
            });
        }
    }
    for (const stored_will& will : expected.fired) {
        if (!will.retain) {
            continue;
        }
        INFO(will.topic);
        if (const auto kept = found.retained.find(will.topic); kept != found.retained.end()) {
            CHECK(is_fired(kept->second.message));
            CHECK(kept->second.by.has_value());
            found.retained.erase(kept);
        }
        expected.retained.erase(will.topic);
    }
}

// Each is one member's, whosever, if there is any.
void take_heirlooms(portrait& found, const portrait& expected) {
    for (const portrait::heirloom& each : expected.left_to_groups) {
        std::size_t heirs = 0;
        bool has_members = false;
        for (auto& [client_id, who] : found.sessions) {
            heirs += std::erase_if(who.places, [&](const portrait::place& place) {
                return place.message_id == each.message_id &&
                       place.share_filter == each.share_filter;
            });
            has_members = has_members || std::ranges::any_of(who.subscriptions, [&](auto& held) {
                              return held.topic_filter == each.share_filter;
                          });
        }
        INFO("message " << each.message_id << " of " << each.share_filter);
        CHECK(heirs == (has_members ? 1U : 0U));
    }
}

// What came through a group that its session has left is its own for good.
void forget_left_groups(portrait& of) {
    for (auto& [client_id, who] : of.sessions) {
        for (portrait::place& each : who.places) {
            each.shared_by = each.share_filter.empty() ? 0 : each.shared_by;
        }
    }
}

// Numbers of places that are free again may be taken again.
void check_next_position(const portrait::person& is, const portrait::person& was) {
    CHECK_FALSE(is.connected);
    for (const portrait::place& each : is.places) {
        CHECK((each.quality == qos0 || is.next_position > each.at));
    }
    if (!was.connected) {
        CHECK(is.next_position >= was.sent_position);
    }
}

}  // namespace

void check_equal(portrait found, portrait expected) {
    leave_out_fired(found, expected);
    take_heirlooms(found, expected);
    forget_left_groups(found);
    forget_left_groups(expected);
    for (const auto& [client_id, was] : expected.sessions) {
        if (const auto is = found.sessions.find(client_id); is != found.sessions.end()) {
            INFO(client_id);
            check_next_position(is->second, was);
        }
    }
    check_equal(found.sessions, expected.sessions);
    check_equal(found.retained, expected.retained);
    CHECK(found.places_taken == expected.places_taken);
}

}  // namespace lmqtt::broker::test
