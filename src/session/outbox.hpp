// What a session still owes its client: messages waiting, messages in flight, PUBRELs unanswered.
// Anyone on the shard may push, also while nobody is connected; only the attached client takes.
// The time is handed in. One per session, same life.
#pragma once

#include "mqtt/publish_frame.hpp"
#include "session/delivery_terms.hpp"
#include "session/outbox_entry.hpp"
#include "session/ring.hpp"

#include <lmqtt/config.hpp>
#include <lmqtt/protocol.hpp>
#include <lmqtt/reason_code.hpp>
#include <lmqtt/store.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lmqtt::session {

class outbox {
public:
    using position = std::uint64_t;

    // Whether push() would refuse this message, changing nothing.
    bool would_reject(
        const mqtt::routed_message& message,
        qos quality,
        const outbox_limits& limits,
        std::int64_t now_ms
    ) const;
    offer_verdict
    push(offer&& what, const outbox_limits& limits, std::int64_t now_ms, drop_list& drops);

    // What a store gives back, in any order, between restore_sent_position() and
    // finish_restoring(). `perhaps_sent`: so many places from the front may have been sent without
    // anybody having noted it, and have to be marked as sent again. [MQTT-3.3.1-1]
    void restore_sent_position(position at);
    void restore(restored_place&& what);
    void finish_restoring(std::size_t perhaps_sent, std::int64_t now_ms);

    // A client arrived: everything sent but unacknowledged will be sent again, in order, first.
    // [MQTT-4.4.0-1]
    void attach(const delivery_terms& terms, const outbox_limits& limits);
    void detach();

    // The next packet the windows allow; expired and oversized messages on the way are dropped.
    std::optional<outgoing> take(ticket committed, std::int64_t now_ms, drop_list& drops);

    struct acknowledged {
        std::uint64_t message_id;
        position at;
        mqtt::routed_message_ptr message;
    };

    enum class ack_error : std::uint8_t { unknown_packet_id, wrong_phase };

    template <class T>
    struct ack_result {
        std::optional<T> value;
        ack_error error = ack_error::unknown_packet_id;
    };

    // PUBACK. [MQTT-4.3.2-3]
    ack_result<acknowledged> puback(std::uint16_t packet_id);
    // PUBREC below 0x80: from now on a PUBREL is owed, sent once `committed_by` has committed.
    ack_result<acknowledged> pubrec(std::uint16_t packet_id, ticket committed_by);
    // PUBREC with 0x80 or above ends the exchange. [MQTT-4.3.3-4]
    ack_result<acknowledged> pubrec_refused(std::uint16_t packet_id);
    ack_result<acknowledged> pubcomp(std::uint16_t packet_id);

    // The session ends: what a shared group must hand to another member, in order. [MQTT-4.8.2-5]
    std::vector<shared_leftover> take_shared_leftovers(std::uint32_t shared_by);
    // The session ends: everything left, in order, counted as dropped.
    void drain(drop_list& into);

    // A message above QoS 0 gets the next position when it is pushed, and with it its packet id, so
    // that what is stored then need not be stored again when it is sent. [MQTT-2.2.1-4]
    std::uint16_t packet_id_of(position at) const;

    position next_position() const { return next_position_; }

    // What is before it was sent at least once.
    position sent_position() const;

    // Whether what is pushed next goes out with the present turn.
    bool sends_next_at_once() const;

    // Whether what comes next is held back by the store alone.
    bool waits_for_commit(ticket committed) const;

    std::size_t size() const { return messages_; }

    std::uint64_t bytes() const { return bytes_.all; }

    // Places taken, gaps included.
    std::size_t slots() const { return assured_.size() + unassured_.size(); }

    std::size_t inflight() const { return inflight_; }

    using entry = outbox_entry;
    using phase = delivery_phase;

    // visit(entry) for each place, gaps included: QoS 1 and 2 in order, then QoS 0.
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        assured_.for_each(visit);
        unassured_.for_each(visit);
    }

    // outbox_paging.cpp: messages far from being sent can leave memory once they are stored.
    // False: it is needed where it is, or no longer there.
    bool page_out(position at);
    // Whether the next one to be sent is away; take() stops before it.
    bool waits_for_page() const;
    // The next ones that are away, as far as the limits allow, at least one.
    std::vector<std::uint64_t> next_paged_out(std::size_t messages, std::uint64_t bytes) const;

    struct returned {
        position at;
        mqtt::routed_message_ptr message;
    };

    // They are back, but for those the store did not have: these are dropped.
    std::vector<returned> page_in(
        std::span<const std::uint64_t> asked_for,
        std::span<const mqtt::routed_message_ptr> found,
        drop_list& drops
    );

private:
    using slot = ring<entry>::position;  // moves when gaps are closed

    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    struct spare;

    spare spare_places(const outbox_limits& limits, std::int64_t now_ms) const;
    bool
    expired_inflight(const entry& each, const outbox_limits& limits, std::int64_t now_ms) const;
    bool too_large(std::size_t bytes, const outbox_limits& limits) const;
    bool overfull(std::size_t more_bytes, const outbox_limits& limits) const;
    bool make_room(
        const offer& what, const outbox_limits& limits, std::int64_t now_ms, drop_list& drops
    );
    bool drop_expired_inflight(const outbox_limits& limits, std::int64_t now_ms, drop_list& drops);
    bool drop_first_expired(std::int64_t now_ms, drop_list& drops);
    bool drop_first_qos0(drop_list& drops);
    bool drop_oldest_waiting(drop_list& drops);
    void drop(ring<entry>& from, slot at, drop_reason why, drop_list& drops);
    void forget(ring<entry>& from, slot at);
    void vacate(entry& each);
    void trim();
    void skip_gaps();
    void close_gaps();

    slot first_waiting() const { return std::max(sent_end_, assured_.begin()); }

    void choose_next_position();
    bool window_open() const;

    bool replaying() const { return attached_ && next_ < sent_end_; }

    std::optional<outgoing> take_assured(ticket committed, std::int64_t now_ms, drop_list& drops);
    std::optional<outgoing> take_unassured(std::int64_t now_ms, drop_list& drops);
    bool fits(const entry& each, std::uint16_t packet_id) const;
    outgoing describe(entry& each, std::uint16_t packet_id, bool dup) const;
    slot first_from(position at, slot end) const;
    std::optional<slot> find(std::uint16_t packet_id) const;
    ack_result<acknowledged> finish(std::uint16_t packet_id, phase expected, qos quality);

    ring<entry> assured_;    // QoS 1 and 2
    ring<entry> unassured_;  // QoS 0, which passes by a full window [MQTT-3.3.4-10]
    slot sent_end_ = 0;      // before it: was sent at least once
    slot next_ = 0;          // what this connection sends next; never a gap
    position next_position_ = 0;
    std::int64_t earliest_expiry_ms_ = never;  // of what waits; perhaps too early, never too late
    held_bytes bytes_;
    std::uint32_t messages_ = 0;
    std::uint32_t inflight_ = 0;  // counted entries
    std::uint32_t gaps_ = 0;      // entries that are gone, between others
    std::uint32_t maximum_packet_size_ = 0;
    std::uint16_t window_ = 0;
    protocol_version version_ = protocol_version::v3_1_1;
    bool attached_ = false;
};

}  // namespace lmqtt::session
