#include "store/sqlite/recover.hpp"

#include "store/sqlite/name_list.hpp"
#include "store/sqlite/property_columns.hpp"
#include "store/sqlite/transaction.hpp"
#include "store/sqlite/writer.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

namespace lmqtt::persistence {

namespace {

#define LMQTT_MESSAGE_COLUMNS                                                                      \
    "m.id, m.topic, m.qos, m.retain, m.publisher, m.published_at_ms, m.expires_at_ms, "            \
    "m.expiry_given, m.payload_format, m.content_type, m.response_topic, m.correlation_data, "     \
    "m.user_properties"

constexpr int message_columns = 13;

// All but the payload.
stored_message message_of(const statement& row) {
    stored_message message;
    message.id = row.unsigned_number(0);
    message.topic = row.text(1);
    message.quality = static_cast<qos>(row.number(2));
    message.retain = row.number(3) != 0;
    message.publisher = row.text(4);
    message.published_at_ms = row.number(5);
    message.expires_at_ms = row.number(6);
    message.expiry_given = row.number(7) != 0;
    message.properties = property_columns::read(row, 8);
    return message;
}

std::vector<std::uint32_t> numbers_of(std::string_view json) {
    std::vector<std::uint32_t> numbers;
    const char* at = json.data();
    const char* const end = at + json.size();
    while (at < end) {
        std::uint32_t number = 0;
        const auto [rest, error] = std::from_chars(at + 1, end, number);
        if (error != std::errc{}) {
            break;
        }
        numbers.push_back(number);
        at = rest;
    }
    return numbers;
}

using session_map = std::map<std::uint64_t, stored_session>;

session_map read_sessions(database& db) {
    session_map sessions;
    statement rows(
        db.handle(),
        "SELECT id, client_id, protocol_version, username, created_at_ms, connected_at_ms, "
        "disconnected_at_ms, expiry_interval_s, receive_maximum, maximum_packet_size, "
        "sent_position, owner FROM sessions"
    );
    while (rows.next()) {
        change::session_saved& about = sessions[rows.unsigned_number(0)].about;
        about.session_id = rows.unsigned_number(0);
        about.client_id = rows.text(1);
        about.version = static_cast<protocol_version>(rows.number(2));
        about.username = rows.text(3);
        about.created_at_ms = rows.number(4);
        about.connected_at_ms = rows.number(5);
        about.disconnected_at_ms = rows.number(6);
        about.expiry_interval_seconds = static_cast<std::uint32_t>(rows.number(7));
        about.receive_maximum = static_cast<std::uint16_t>(rows.number(8));
        about.maximum_packet_size = static_cast<std::uint32_t>(rows.number(9));
        about.sent_position = rows.unsigned_number(10);
        about.owner = rows.text(11);
    }
    return sessions;
}

void read_subscriptions(database& db, session_map& into) {
    statement rows(
        db.handle(),
        "SELECT session_id, topic_filter, qos, no_local, retain_as_published, retain_handling, "
        "subscription_identifier FROM subscriptions"
    );
    while (rows.next()) {
        subscription held;
        held.topic_filter = rows.text(1);
        held.options.maximum_qos = static_cast<qos>(rows.number(2));
        held.options.no_local = rows.number(3) != 0;
        held.options.retain_as_published = rows.number(4) != 0;
        held.options.retain_handling = static_cast<std::uint8_t>(rows.number(5));
        held.subscription_identifier = static_cast<std::uint32_t>(rows.number(6));
        into[rows.unsigned_number(0)].subscriptions.push_back(std::move(held));
    }
}

void read_packet_ids(database& db, session_map& into) {
    statement rows(db.handle(), "SELECT session_id, packet_id FROM packet_ids_taken");
    while (rows.next()) {
        into[rows.unsigned_number(0)].packet_ids_taken.push_back(
            static_cast<std::uint16_t>(rows.number(1))
        );
    }
}

// To the sessions that hold them; the highest id.
std::uint64_t
read_wills(database& db, session_map& sessions, std::vector<change::will_saved>& others) {
    std::uint64_t highest = 0;
    statement rows(
        db.handle(),
        "SELECT session_id, topic, payload, qos, retain, delay_s, fire_at_ms, message_expiry_s, "
        "payload_format, content_type, response_topic, correlation_data, user_properties, "
        "roles, id, client_id, username, owner FROM wills"
    );
    while (rows.next()) {
        stored_will will;
        will.topic = rows.text(1);
        will.payload = rows.blob(2);
        will.quality = static_cast<qos>(rows.number(3));
        will.retain = rows.number(4) != 0;
        will.delay_seconds = static_cast<std::uint32_t>(rows.number(5));
        will.fire_at_ms = rows.number(6);
        properties given = properties::from_wire(property_columns::read(rows, 8));
        if (!rows.is_null(7)) {
            given.set(prop::message_expiry_interval, static_cast<std::uint32_t>(rows.number(7)));
        }
        will.properties = given.wire();
        if (!rows.is_null(13)) {
            will.roles = names_of(rows.text(13));
        }
        will.id = rows.unsigned_number(14);
        highest = std::max(highest, will.id);
        if (rows.is_null(0)) {
            others.push_back(
                {0,
                 std::string(rows.text(15)),
                 std::string(rows.text(16)),
                 std::string(rows.text(17)),
                 std::move(will)}
            );
        } else {
            sessions[rows.unsigned_number(0)].will = std::move(will);
        }
    }
    return highest;
}

stored_delivery delivery_of(const statement& row) {
    stored_delivery place;
    place.about.message_id = row.unsigned_number(0);
    place.about.session_id = row.unsigned_number(1);
    place.about.position = row.unsigned_number(2);
    place.about.quality = static_cast<qos>(row.number(3));
    place.received = row.number(4) != 0;
    place.about.retain = row.number(5) != 0;
    place.about.subscription_identifiers = numbers_of(row.text(6));
    place.about.share_filter = row.text(7);
    return place;
}

std::vector<std::uint64_t> retained_ids(database& db) {
    std::vector<std::uint64_t> ids;
    statement rows(db.handle(), "SELECT message_id FROM retained ORDER BY message_id");
    while (rows.next()) {
        ids.push_back(rows.unsigned_number(0));
    }
    return ids;
}

// Rows that nothing names: a session's rows go with it, but a message may have been on its way to
// it from another shard.
struct leftovers {
    std::vector<std::uint64_t> messages;
    std::vector<change::delivery_removed> places;

    void remove(database& db) const {
        if (messages.empty() && places.empty()) {
            return;
        }
        transaction whole(db.handle());
        statement remove_place(
            db.handle(), "DELETE FROM queue WHERE message_id=? AND session_id=? AND position=?"
        );
        for (const auto& each : places) {
            remove_place.bind_unsigned(each.message_id)
                .bind_unsigned(each.session_id)
                .bind_unsigned(each.position)
                .run();
        }
        statement remove_message(db.handle(), "DELETE FROM messages WHERE id=?");
        for (const std::uint64_t id : messages) {
            remove_message.bind_unsigned(id).run();
        }
        whole.commit();
    }
};

// Walks both tables by rising message id, side by side and once, so that nothing is looked up and
// little is held.
class message_reader {
public:
    message_reader(database& db, const session_map& sessions)
        : sessions_(sessions)
        , retained_(retained_ids(db))
        , places_(
              db.handle(),
              "SELECT message_id, session_id, position, qos, received, retain, "
              "subscription_identifiers, share_filter "
              "FROM queue ORDER BY message_id, session_id, position"
          )
        , messages_(
              db.handle(),
              "SELECT " LMQTT_MESSAGE_COLUMNS ", length(m.payload) FROM messages m ORDER BY m.id"
          )
        , payload_of_(db.handle(), "SELECT payload FROM messages WHERE id=?") {}

    leftovers read(recovery& into) {
        more_places_ = places_.next();
        more_messages_ = messages_.next();
        while (more_places_) {
            const std::uint64_t id = places_.unsigned_number(0);
            skip_messages_before(id);
            const bool needed = gather(id);
            if (!group_.empty()) {
                hand_over(id, into);
            }
            if (more_messages_ && messages_.unsigned_number(0) == id) {
                forget_unless(needed);
                more_messages_ = messages_.next();
            }
        }
        skip_messages_before(std::numeric_limits<std::uint64_t>::max());
        return std::move(left_);
    }

    // Of the places of messages between members of a shared group.
    std::uint64_t highest_on_the_way() const { return highest_on_the_way_; }

private:
    void forget_unless(bool needed) {
        const std::uint64_t id = messages_.unsigned_number(0);
        if (!needed && !std::binary_search(retained_.begin(), retained_.end(), id)) {
            left_.messages.push_back(id);
        }
    }

    void skip_messages_before(std::uint64_t id) {
        for (; more_messages_ && messages_.unsigned_number(0) < id;
             more_messages_ = messages_.next()) {
            forget_unless(false);
        }
    }

    // The places of one message; whether somebody still has to get it.
    bool gather(std::uint64_t id) {
        group_.clear();
        bool needed = false;
        for (; more_places_ && places_.unsigned_number(0) == id; more_places_ = places_.next()) {
            stored_delivery place = delivery_of(places_);
            if (place.about.session_id == 0) {
                highest_on_the_way_ = std::max(highest_on_the_way_, place.about.position);
            } else if (!sessions_.contains(place.about.session_id)) {
                left_.places.push_back({id, place.about.session_id, place.about.position});
                continue;
            }
            needed = needed || !place.received;
            group_.push_back(std::move(place));
        }
        return needed;
    }

    void hand_over(std::uint64_t id, recovery& into) {
        stored_message message;
        message.id = id;
        std::uint64_t payload_bytes = 0;
        bool with_payload = true;
        if (more_messages_ && messages_.unsigned_number(0) == id) {
            message = message_of(messages_);
            payload_bytes = messages_.unsigned_number(message_columns);
            with_payload = into.wants_payload(payload_bytes, group_);
        }
        if (with_payload && payload_bytes != 0) {
            payload_of_.bind_unsigned(id);
            while (payload_of_.next()) {
                message.payload = payload_of_.blob(0);
            }
        }
        into.message(std::move(message), with_payload, payload_bytes, group_);
    }

    const session_map& sessions_;
    const std::vector<std::uint64_t> retained_;
    statement places_;
    statement messages_;
    statement payload_of_;
    bool more_places_ = false;
    bool more_messages_ = false;
    std::vector<stored_delivery> group_;
    leftovers left_;
    std::uint64_t highest_on_the_way_ = 0;
};

// Its user name, listener and roles, from that column on.
std::optional<stored_author> author_of(const statement& row, int first) {
    if (row.is_null(first + 1)) {
        return std::nullopt;
    }
    stored_author by;
    by.username = row.text(first);
    by.listener = row.text(first + 1);
    if (!row.is_null(first + 2)) {
        by.roles = names_of(row.text(first + 2));
    }
    return by;
}

void read_retained(database& db, recovery& into) {
    statement rows(
        db.handle(),
        "SELECT " LMQTT_MESSAGE_COLUMNS ", m.payload, r.username, r.listener, r.roles "
        "FROM retained r JOIN messages m ON m.id=r.message_id"
    );
    while (rows.next()) {
        stored_message message = message_of(rows);
        message.payload = rows.blob(message_columns);
        into.retained(std::move(message), author_of(rows, message_columns + 1));
    }
}

}  // namespace

const std::string_view message_by_id =
    "SELECT " LMQTT_MESSAGE_COLUMNS ", m.payload FROM messages m WHERE m.id=?";

std::optional<stored_message> read_message(statement& by_id, std::uint64_t id) {
    std::optional<stored_message> found;
    by_id.bind_unsigned(id);
    while (by_id.next()) {
        found = message_of(by_id);
        found->payload = by_id.blob(message_columns);
    }
    return found;
}

recovered recover_all(database& db, recovery& into) {
    session_map sessions = read_sessions(db);
    read_subscriptions(db, sessions);
    read_packet_ids(db, sessions);
    std::vector<change::will_saved> wills;
    const std::uint64_t highest_will = read_wills(db, sessions, wills);
    recovered highest;
    for (auto& [id, each] : sessions) {
        highest.last_session_id = std::max(highest.last_session_id, id);
        into.session(std::move(each));
    }
    for (change::will_saved& each : wills) {
        into.will(std::move(each));
    }
    message_reader messages(db, sessions);
    const leftovers left = messages.read(into);
    left.remove(db);
    db.execute("DELETE FROM retained WHERE message_id NOT IN (SELECT id FROM messages)");
    read_retained(db, into);
    // Wills and those places take their numbers from the same series.
    highest.last_message_id = std::max(
        {static_cast<std::uint64_t>(db.number("SELECT coalesce(max(id),0) FROM messages")),
         highest_will,
         messages.highest_on_the_way()}
    );
    return highest;
}

}  // namespace lmqtt::persistence
