// One place in an outbox.
#pragma once

#include "session/delivery_terms.hpp"

#include <cstdint>
#include <memory>

namespace lmqtt::session {

enum class delivery_phase : std::uint8_t { gone, queued, sent, pubrel };

struct outbox_entry {
    using phase = delivery_phase;

    mqtt::routed_message_ptr message;  // null: only the PUBREL is owed, or the store has it
    std::unique_ptr<identifier_list> subscription_identifiers;
    ticket committed_by = 0;
    // Outlives the rest of an entry that is gone. With QoS 0, that of the next one above QoS 0.
    std::uint64_t at = 0;
    std::uint64_t message_id = 0;  // outlives the message: a PUBREL is still stored under it
    std::int64_t moment_ms = 0;    // while queued, when it expires or 0; then, when it was sent
    std::uint32_t bytes = 0;       // of memory the message takes, or would take
    std::uint32_t shared_by = 0;
    phase state = phase::gone;
    qos quality = qos::at_most_once;
    bool retain = false;
    bool counted = false;  // takes a place in the client's window on this connection
    bool beyond = false;   // larger than the queue's limit of bytes, and not held against it

    // [MQTT-3.3.2-5] Only what was never sent.
    bool may_expire() const { return state == phase::queued && moment_ms != 0; }

    bool expired(std::int64_t now_ms) const { return may_expire() && moment_ms <= now_ms; }

    // It must be read back before it can be sent.
    bool paged_out() const { return !message && (state == phase::queued || state == phase::sent); }
};

// Of a shared group: what another member gets when the session ends.
struct shared_leftover {
    mqtt::routed_message_ptr message;
    std::uint64_t at;
    qos quality;
};

// The bytes of all messages of an outbox. One of them may be larger than the queue's limit.
struct held_bytes {
    std::uint64_t all = 0;
    std::uint64_t beyond = 0;  // of that one; 0: there is none

    std::uint64_t counted() const { return all - beyond; }

    void add(const outbox_entry& each) {
        all += each.bytes;
        beyond += each.beyond ? each.bytes : 0;
    }

    void remove(const outbox_entry& each) {
        all -= each.bytes;
        beyond -= each.beyond ? each.bytes : 0;
    }
};

// There are millions of them.
static_assert(sizeof(outbox_entry) <= 64);

}  // namespace lmqtt::session
