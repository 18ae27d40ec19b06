// Changes to rows: one transaction for all that is pending. The only statements on the hot path.
#pragma once

#include "store/pending_changes.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/fault_point.hpp"
#include "store/sqlite/insertions.hpp"

#include <lmqtt/change.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace lmqtt::persistence {

// The condition under which nothing needs a row of `messages` any more: no delivery whose receiver
// has not got it, and no topic that retains it.
extern const std::string message_is_unused;

class writer {
public:
    explicit writer(database& db, fault_point faults = {});

    // All or nothing; throws SQLite::Exception, and then nothing has changed and it may be tried
    // again.
    void write(const pending_changes& changes);

private:
    struct place {
        std::uint64_t message_id;
        std::uint64_t session_id;
        std::uint64_t position;
    };

    void apply(const change::session_saved& what);
    void apply(const change::session_removed& what);
    void apply(const change::subscription_saved& what);
    void apply(const change::subscription_removed& what);
    void apply(const change::message_saved& what);
    void apply(const change::delivery_saved& what);
    void apply(const change::delivery_moved& what);
    void apply(const change::delivery_received& what);
    void apply(const change::delivery_removed& what);
    void apply(const change::packet_id_taken& what);
    void apply(const change::packet_id_freed& what);

    // Never among what is to be written: only the others of its group are.
    void apply(const change::deliveries_linked& /*what*/) {}

    void apply(const change::retained_saved& what);
    void apply(const change::retained_removed& what);
    void apply(const change::will_saved& what);
    void apply(const change::will_removed& what);
    void apply(const change::drops_counted& what);
    void apply(const change::denials_counted& what);

    void forget_retained(std::string_view topic);
    void remove_deliveries();
    void remove_unused_messages();
    void at(std::string_view moment) const;

    database& db_;
    fault_point faults_;
    statement save_session_;
    statement remove_session_;
    statement queue_of_session_;
    statement remove_queue_of_session_;
    statement save_subscription_;
    statement remove_subscription_;
    insertions insertions_;
    statement move_delivery_;
    statement receive_delivery_;
    statement remove_deliveries_;
    statement take_packet_id_;
    statement free_packet_id_;
    statement find_retained_;
    statement save_retained_;
    statement remove_retained_;
    statement save_will_;
    statement remove_will_;
    statement count_drops_;
    statement count_denials_;
    statement forget_denials_;
    statement remove_messages_;
    // Of the transaction under way.
    std::vector<place> removed_;
    std::vector<std::uint64_t> perhaps_unused_;
};

}  // namespace lmqtt::persistence
