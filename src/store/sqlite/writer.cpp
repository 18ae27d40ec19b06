#include "store/sqlite/writer.hpp"

#include "store/sqlite/name_list.hpp"
#include "store/sqlite/property_columns.hpp"
#include "store/sqlite/transaction.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace lmqtt::persistence {

namespace {

constexpr const char* save_session =
    "INSERT INTO sessions VALUES(?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET "
    "protocol_version=excluded.protocol_version, username=excluded.username, "
    "connected_at_ms=excluded.connected_at_ms, "
    "disconnected_at_ms=excluded.disconnected_at_ms, "
    "expiry_interval_s=excluded.expiry_interval_s, receive_maximum=excluded.receive_maximum, "
    "maximum_packet_size=excluded.maximum_packet_size, sent_position=excluded.sent_position, "
    "owner=excluded.owner";
constexpr const char* count_denials =
    "INSERT INTO denials(client_id,username,action,topic,reason,times,first_at_ms,last_at_ms) "
    "VALUES(?,?,?,?,?,?,?7,?7) ON CONFLICT DO UPDATE SET username=excluded.username, "
    "reason=excluded.reason, times=times+excluded.times, last_at_ms=excluded.last_at_ms";
constexpr const char* forget_denials =
    "DELETE FROM denials WHERE id IN "
    "(SELECT id FROM denials ORDER BY last_at_ms DESC, id DESC LIMIT -1 OFFSET 1000)";

constexpr const char* save_will =
    "INSERT OR REPLACE INTO wills VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

std::string_view share_name_of(std::string_view topic_filter) {
    constexpr std::string_view prefix = "$share/";
    if (!topic_filter.starts_with(prefix)) {
        return {};
    }
    topic_filter.remove_prefix(prefix.size());
    return topic_filter.substr(0, topic_filter.find('/'));
}

}  // namespace

const std::string message_is_unused =
    "NOT EXISTS(SELECT 1 FROM queue q WHERE q.message_id=messages.id AND q.received=0) AND "
    "(retain=0 OR NOT EXISTS(SELECT 1 FROM retained r WHERE r.topic=messages.topic AND "
    "r.message_id=messages.id))";

writer::writer(database& db, fault_point faults)
    : db_(db)
    , faults_(std::move(faults))
    , save_session_(db.handle(), save_session)
    , remove_session_(db.handle(), "DELETE FROM sessions WHERE id=?")
    , queue_of_session_(db.handle(), "SELECT message_id FROM queue WHERE session_id=?")
    , remove_queue_of_session_(db.handle(), "DELETE FROM queue WHERE session_id=?")
    , save_subscription_(
          db.handle(), "INSERT OR REPLACE INTO subscriptions VALUES(?,?,?,?,?,?,?,?)"
      )
    , remove_subscription_(
          db.handle(), "DELETE FROM subscriptions WHERE session_id=? AND topic_filter=?"
      )
    , insertions_(db.handle())
    , move_delivery_(
          db.handle(),
          "UPDATE queue SET session_id=?4, position=?5, qos=?6, retain=?7, "
          "subscription_identifiers=?8, share_filter=?9 "
          "WHERE message_id=?1 AND session_id=?2 AND position=?3"
      )
    , receive_delivery_(
          db.handle(),
          "UPDATE queue SET received=1 WHERE message_id=? AND session_id=? AND position=?"
      )
    , remove_deliveries_(
          db.handle(),
          "DELETE FROM queue WHERE message_id BETWEEN ?1 AND ?2 AND session_id=?3 AND position "
          "BETWEEN ?4 AND ?5 AND position-message_id=?4-?1"
      )
    , take_packet_id_(
          db.handle(),
          "INSERT OR IGNORE INTO packet_ids_taken SELECT id,?2 FROM sessions WHERE id=?1"
      )
    , free_packet_id_(
          db.handle(), "DELETE FROM packet_ids_taken WHERE session_id=? AND packet_id=?"
      )
    , find_retained_(db.handle(), "SELECT message_id FROM retained WHERE topic=?")
    , save_retained_(db.handle(), "INSERT OR REPLACE INTO retained VALUES(?,?,?,?,?)")
    , remove_retained_(db.handle(), "DELETE FROM retained WHERE topic=?")
    , save_will_(db.handle(), save_will)
    , remove_will_(db.handle(), "DELETE FROM wills WHERE id=?")
    , count_drops_(
          db.handle(),
          "INSERT INTO dropped SELECT ?,?,?,? WHERE EXISTS(SELECT 1 FROM sessions WHERE id=?1) "
          "ON CONFLICT DO UPDATE SET messages=messages+excluded.messages, "
          "last_at_ms=excluded.last_at_ms"
      )
    , count_denials_(db.handle(), count_denials)
    , forget_denials_(db.handle(), forget_denials)
    , remove_messages_(
          db.handle(), "DELETE FROM messages WHERE id BETWEEN ? AND ? AND " + message_is_unused
      ) {}

void writer::write(const pending_changes& changes) {
    removed_.clear();
    perhaps_unused_.clear();
    insertions_.forget();
    transaction whole(db_.handle());
    at("before_insert");
    changes.for_each([this](const store_change& each) {
        std::visit([this](const auto& what) { apply(what); }, each);
    });
    at("after_insert");
    remove_deliveries();
    remove_unused_messages();
    at("before_commit");
    whole.commit();
}

void writer::at(std::string_view moment) const {
    if (faults_) {
        faults_(moment);
    }
}

void writer::apply(const change::session_saved& what) {
    save_session_.bind_unsigned(what.session_id)
        .bind_text(what.client_id)
        .bind(static_cast<std::int64_t>(what.version))
        .bind_text_or_null(what.username)
        .bind(what.created_at_ms)
        .bind(what.connected_at_ms)
        .bind_or_null(what.disconnected_at_ms)
        .bind(what.expiry_interval_seconds)
        .bind(what.receive_maximum)
        .bind(what.maximum_packet_size)
        .bind_unsigned(what.sent_position)
        .bind_text_or_null(what.owner);
    save_session_.run();
}

void writer::apply(const change::session_removed& what) {
    remove_deliveries();  // theirs must not be looked for after the rest has gone
    queue_of_session_.bind_unsigned(what.session_id);
    while (queue_of_session_.next()) {
        perhaps_unused_.push_back(queue_of_session_.unsigned_number(0));
    }
    remove_queue_of_session_.bind_unsigned(what.session_id).run();
    remove_session_.bind_unsigned(what.session_id).run();
}

void writer::apply(const change::subscription_saved& what) {
    const subscription& held = what.what;
    save_subscription_.bind_unsigned(what.session_id)
        .bind_text(held.topic_filter)
        .bind_text_or_null(share_name_of(held.topic_filter))
        .bind(held.options.maximum_qos)
        .bind(held.options.no_local ? 1 : 0)
        .bind(held.options.retain_as_published ? 1 : 0)
        .bind(held.options.retain_handling)
        .bind_or_null(held.subscription_identifier);
    save_subscription_.run();
}

void writer::apply(const change::subscription_removed& what) {
    remove_subscription_.bind_unsigned(what.session_id).bind_text(what.topic_filter).run();
}

void writer::apply(const change::message_saved& what) {
    insertions_.add(what.message);
}

void writer::apply(const change::delivery_saved& what) {
    if (what.quality == qos::at_most_once) {
        remove_deliveries();  // it may have been stored before, and freed a moment ago
    }
    insertions_.add(what);
}

void writer::apply(const change::delivery_moved& what) {
    insertions_.write();
    const std::string identifiers = text_of_identifiers(what.to.subscription_identifiers);
    move_delivery_.bind_unsigned(what.to.message_id)
        .bind_unsigned(what.session_id)
        .bind_unsigned(what.position)
        .bind_unsigned(what.to.session_id)
        .bind_unsigned(what.to.position)
        .bind(what.to.quality)
        .bind(what.to.retain ? 1 : 0)
        .bind_text_or_null(identifiers)
        .bind_text_or_null(what.to.share_filter);
    move_delivery_.run();
}

void writer::apply(const change::delivery_received& what) {
    insertions_.write();
    receive_delivery_.bind_unsigned(what.message_id)
        .bind_unsigned(what.session_id)
        .bind_unsigned(what.position)
        .run();
    perhaps_unused_.push_back(what.message_id);
}

void writer::apply(const change::delivery_removed& what) {
    removed_.push_back({what.message_id, what.session_id, what.position});
    perhaps_unused_.push_back(what.message_id);
}

// A group may be complete only when the session has ended.
void writer::apply(const change::packet_id_taken& what) {
    take_packet_id_.bind_unsigned(what.session_id).bind(what.packet_id).run();
}

void writer::apply(const change::packet_id_freed& what) {
    free_packet_id_.bind_unsigned(what.session_id).bind(what.packet_id).run();
}

void writer::forget_retained(std::string_view topic) {
    find_retained_.bind_text(topic);
    while (find_retained_.next()) {
        perhaps_unused_.push_back(find_retained_.unsigned_number(0));
    }
}

void writer::apply(const change::retained_saved& what) {
    forget_retained(what.message.topic);
    insertions_.add(what.message);
    save_retained_.bind_text(what.message.topic).bind_unsigned(what.message.id);
    const auto given = what.by ? what.by->roles : std::nullopt;
    const std::string roles = given ? text_of_names(*given) : std::string();
    if (what.by) {
        save_retained_.bind_text_or_null(what.by->username)
            .bind_text(what.by->listener)
            .bind_text_or_null(roles);
    } else {
        save_retained_.bind_null().bind_null().bind_null();
    }
    save_retained_.run();
}

void writer::apply(const change::retained_removed& what) {
    forget_retained(what.topic);
    remove_retained_.bind_text(what.topic).run();
}

void writer::apply(const change::will_saved& what) {
    const stored_will& will = what.will;
    const property_view given(will.properties);
    const property_columns properties(given);
    const std::string roles = will.roles ? text_of_names(*will.roles) : std::string();
    save_will_.bind_unsigned(will.id)
        .bind_or_null(static_cast<std::int64_t>(what.session_id))
        .bind_text(what.client_id)
        .bind_text_or_null(what.username)
        .bind_text_or_null(what.owner)
        .bind_text(will.topic)
        .bind_blob(will.payload)
        .bind(will.quality)
        .bind(will.retain ? 1 : 0)
        .bind(will.delay_seconds)
        .bind_or_null(will.fire_at_ms);
    const auto expiry = given[prop::message_expiry_interval];
    expiry ? save_will_.bind(*expiry) : save_will_.bind_null();
    properties.bind_to(save_will_);
    save_will_.bind_text_or_null(roles).run();
}

void writer::apply(const change::will_removed& what) {
    remove_will_.bind_unsigned(what.will_id).run();
}

void writer::apply(const change::drops_counted& what) {
    count_drops_.bind_unsigned(what.session_id)
        .bind_text(what.reason)
        .bind_unsigned(what.count)
        .bind(what.last_at_ms)
        .run();
}

void writer::apply(const change::denials_counted& what) {
    count_denials_.bind_text(what.client_id)
        .bind_text_or_null(what.username)
        .bind_text(what.action)
        .bind_text(what.topic)
        .bind_text(what.reason)
        .bind_unsigned(what.count)
        .bind(what.last_at_ms);
    count_denials_.run();
    forget_denials_.run();
}

// Neighbours in one statement: where both numbers rise by one, their difference says which rows are
// meant. Numbers alone do not, since what is QoS 0 has the position of what comes next.
void writer::remove_deliveries() {
    insertions_.write();
    std::sort(removed_.begin(), removed_.end(), [](const place& left, const place& right) {
        return std::tie(left.session_id, left.message_id, left.position) <
               std::tie(right.session_id, right.message_id, right.position);
    });
    for (std::size_t first = 0; first < removed_.size();) {
        std::size_t last = first;
        while (last + 1 < removed_.size() &&
               removed_[last + 1].session_id == removed_[first].session_id &&
               removed_[last + 1].message_id == removed_[last].message_id + 1 &&
               removed_[last + 1].position == removed_[last].position + 1) {
            ++last;
        }
        remove_deliveries_.bind_unsigned(removed_[first].message_id)
            .bind_unsigned(removed_[last].message_id)
            .bind_unsigned(removed_[first].session_id)
            .bind_unsigned(removed_[first].position)
            .bind_unsigned(removed_[last].position)
            .run();
        first = last + 1;
    }
    removed_.clear();
}

void writer::remove_unused_messages() {
    auto& ids = perhaps_unused_;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    for (std::size_t first = 0; first < ids.size();) {
        std::size_t last = first;
        while (last + 1 < ids.size() && ids[last + 1] == ids[last] + 1) {
            ++last;
        }
        remove_messages_.bind_unsigned(ids[first]).bind_unsigned(ids[last]).run();
        first = last + 1;
    }
}

}  // namespace lmqtt::persistence
