#include "store/sqlite/insertions.hpp"

#include "store/sqlite/property_columns.hpp"

#include <cstddef>

namespace lmqtt::persistence {

namespace {

constexpr std::size_t rows_a_statement = 16;

std::string with_rows(std::string sql, const std::string& row) {
    for (std::size_t each = 0; each < rows_a_statement; ++each) {
        sql += each == 0 ? row : ',' + row;
    }
    return sql;
}

// Those that have a value in every row; they come first in the table as well.
void bind_plain(statement& target, const stored_message& message) {
    target.bind_unsigned(message.id)
        .bind_text(message.topic)
        .bind_blob(message.payload)
        .bind(message.quality)
        .bind(message.retain ? 1 : 0)
        .bind_text_or_null(message.publisher)
        .bind(message.published_at_ms)
        .bind_or_null(message.expires_at_ms)
        .bind(message.expiry_given ? 1 : 0);
}

void bind_plain(statement& target, const change::delivery_saved& delivery) {
    target.bind_unsigned(delivery.message_id)
        .bind_unsigned(delivery.session_id)
        .bind_unsigned(delivery.position)
        .bind(delivery.quality)
        .bind(delivery.retain ? 1 : 0);
}

// Those that wait, once they fill a statement.
template <class Row>
void write_together(statement& all, std::vector<const Row*>& waiting) {
    if (waiting.size() < rows_a_statement) {
        return;
    }
    for (const Row* const each : waiting) {
        bind_plain(all, *each);
    }
    waiting.clear();
    all.run();
}

}  // namespace

std::string text_of_identifiers(const std::vector<std::uint32_t>& identifiers) {
    std::string text;
    for (const std::uint32_t each : identifiers) {
        text += text.empty() ? '[' : ',';
        text += std::to_string(each);
    }
    return text.empty() ? text : text + ']';
}

insertions::insertions(sqlite3* connection)
    : save_message_(
          connection,
          "INSERT INTO messages VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING"
      )
    , save_delivery_(
          connection,
          "INSERT INTO queue(message_id,session_id,position,qos,retain,subscription_identifiers,"
          "share_filter) VALUES(?,?,?,?,?,?,?)"
      )
    , save_messages_(
          connection,
          with_rows(
              "INSERT INTO messages(id,topic,payload,qos,retain,publisher,published_at_ms,"
              "expires_at_ms,expiry_given) VALUES",
              "(?,?,?,?,?,?,?,?,?)"
          ) + " ON CONFLICT(id) DO NOTHING"
      )
    , save_deliveries_(
          connection,
          with_rows(
              "INSERT INTO queue(message_id,session_id,position,qos,retain) VALUES", "(?,?,?,?,?)"
          )
      ) {}

void insertions::add(const stored_message& message) {
    if (!message.properties.empty()) {
        return write_whole(message);
    }
    messages_.push_back(&message);
    write_together(save_messages_, messages_);
}

void insertions::add(const change::delivery_saved& delivery) {
    if (!delivery.subscription_identifiers.empty() || !delivery.share_filter.empty()) {
        return write_whole(delivery);
    }
    deliveries_.push_back(&delivery);
    write_together(save_deliveries_, deliveries_);
}

void insertions::write() {
    for (const stored_message* const each : messages_) {
        write_whole(*each);
    }
    for (const change::delivery_saved* const each : deliveries_) {
        write_whole(*each);
    }
    forget();
}

void insertions::forget() {
    messages_.clear();
    deliveries_.clear();
}

void insertions::write_whole(const stored_message& message) {
    const property_columns properties{property_view(message.properties)};
    bind_plain(save_message_, message);
    properties.bind_to(save_message_);
    save_message_.run();
}

void insertions::write_whole(const change::delivery_saved& delivery) {
    const std::string identifiers = text_of_identifiers(delivery.subscription_identifiers);
    bind_plain(save_delivery_, delivery);
    save_delivery_.bind_text_or_null(identifiers).bind_text_or_null(delivery.share_filter).run();
}

}  // namespace lmqtt::persistence
