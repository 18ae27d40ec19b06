// The facts a broker records about itself, one struct a fact: what a store is told, and gives back.
// Plain values.
#pragma once

#include <lmqtt/protocol.hpp>
#include <lmqtt/stored.hpp>
#include <lmqtt/subscription.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lmqtt {

/// The facts a broker records. One struct a fact; sessions are named by an id never reused.
namespace change {

struct session_saved {
    std::uint64_t session_id;
    std::string client_id;
    protocol_version version;
    std::string username;
    std::int64_t created_at_ms;
    std::int64_t connected_at_ms;
    std::int64_t disconnected_at_ms;  ///< 0: connected
    std::uint32_t expiry_interval_seconds;
    std::uint16_t receive_maximum;
    std::uint32_t maximum_packet_size;
    std::uint64_t sent_position;  ///< queue places before it were sent at least once
    std::string owner;            ///< "user NAME", "anonymous LISTENER"; empty: not known
};

struct session_removed {
    std::uint64_t session_id;
};

struct subscription_saved {
    std::uint64_t session_id;
    subscription what;
};

struct subscription_removed {
    std::uint64_t session_id;
    std::string topic_filter;
};

/// The message body; staged before the first delivery that names it.
struct message_saved {
    stored_message message;
};

/// A message waits in a session's queue. Its place there gives its packet identifier as well:
/// position % 65535 + 1. [MQTT-2.2.1-4]
struct delivery_saved {
    std::uint64_t message_id;
    std::uint64_t session_id;
    std::uint64_t position;
    qos quality;
    bool retain;
    std::vector<std::uint32_t> subscription_identifiers;
    std::string share_filter;  ///< "$share/<name>/<filter>" it came through; empty: none
    bool linked = false;       ///< part of a group (packet_id_taken, will_removed) or of nothing
};

/// A place in one session's queue becomes one in another's, as `to` says, in one step wherever it
/// is: stored, not stored yet, or in a group. Session 0 is nobody: a message of a shared
/// subscription is there while it is on its way from a member that has gone to another.
struct delivery_moved {
    std::uint64_t session_id;
    std::uint64_t position;
    delivery_saved to;
};

/// PUBREC arrived: the message is the client's, the PUBREL is owed. [MQTT-4.3.3-6]
struct delivery_received {
    std::uint64_t message_id;
    std::uint64_t session_id;
    std::uint64_t position;
};

struct delivery_removed {
    std::uint64_t message_id;
    std::uint64_t session_id;
    std::uint64_t position;
};

/// An incoming QoS 2 packet identifier is taken, or free again. [MQTT-4.3.3-10]
///
/// If it were stored without the deliveries of its message, a crash between the two would lose the
/// message; the other way round, it would be delivered twice. Where other shards deliver as well,
/// all of them are one group: they are stored in one transaction, once so many shards have said
/// deliveries_linked.
struct packet_id_taken {
    std::uint64_t session_id;
    std::uint16_t packet_id;         ///< 0: refused after all; the group is stored without one
    std::uint64_t message_id = 0;    ///< names the group
    std::uint16_t other_shards = 0;  ///< 0: no group
};

/// All linked deliveries that this shard makes of a message have been staged.
struct deliveries_linked {
    std::uint64_t message_id;
};

struct packet_id_freed {
    std::uint64_t session_id;
    std::uint16_t packet_id;
};

/// Of two changes of one topic the one with the higher number, which here is the message's, is
/// the later one, in whatever order shards submit them.
struct retained_saved {
    stored_message message;
    std::optional<stored_author> by = {};  ///< nothing: the program itself, or not recorded
};

struct retained_removed {
    std::string topic;
    std::uint64_t number;
};

/// A will has an id of its own; what was saved under it before is replaced.
///
/// With session 0 no stored session holds it: its client's session ends with its connection, or the
/// will has been published and other shards have not stored yet what they deliver of it. It is due
/// when the store is recovered.
struct will_saved {
    std::uint64_t session_id;
    std::string client_id;
    std::string username;
    std::string owner;  ///< as in session_saved
    stored_will will;
};

/// It was published, or is not wanted any more. If what is delivered of it were stored earlier or
/// later, a crash would publish it twice or lose it; so with other shards it opens a group, like
/// packet_id_taken.
struct will_removed {
    std::uint64_t will_id;
    std::uint64_t message_id = 0;    ///< names the group
    std::uint16_t other_shards = 0;  ///< 0: no group
};

/// Messages dropped for a session since it was last said; added up by the store.
struct drops_counted {
    std::uint64_t session_id;
    std::string reason;  ///< a word of drop_reason: "queue_full", "message_expired", ...
    std::uint64_t count;
    std::int64_t last_at_ms;
};

/// A client was not allowed to do something; added up by the store, which keeps the last thousand.
struct denials_counted {
    std::string client_id;
    std::string username;
    std::string action;  ///< "connect", "publish", "subscribe", "receive" or "retain"
    std::string topic;   ///< or topic filter; empty for "connect"
    std::string reason;
    std::uint64_t count;
    std::int64_t last_at_ms;
};

}  // namespace change

using store_change = std::variant<
    change::session_saved,
    change::session_removed,
    change::subscription_saved,
    change::subscription_removed,
    change::message_saved,
    change::delivery_saved,
    change::delivery_moved,
    change::delivery_received,
    change::delivery_removed,
    change::packet_id_taken,
    change::deliveries_linked,
    change::packet_id_freed,
    change::retained_saved,
    change::retained_removed,
    change::will_saved,
    change::will_removed,
    change::drops_counted,
    change::denials_counted>;

}  // namespace lmqtt
