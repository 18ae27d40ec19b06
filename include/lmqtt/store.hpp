// The persistence interface: what a broker tells a store, and when it may answer for it.
//
// A shard stages changes while it works; at the end of its turn they leave as one batch. Every
// batch has a ticket, numbers growing by one per shard. An acknowledgement that promises durability
// waits until its ticket has committed; nothing else ever waits for the store.
#pragma once

#include <lmqtt/bytes.hpp>
#include <lmqtt/protocol.hpp>
#include <lmqtt/subscription.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lmqtt {

/// A point in a shard's history of changes. 0 has always committed.
using ticket = std::uint64_t;

/// A message as a store keeps it. Times are milliseconds since 1970-01-01 UTC; 0 means never.
struct stored_message {
    std::uint64_t id = 0;  ///< assigned by the broker, strictly increasing
    std::string topic;
    std::string payload;
    std::string properties;  ///< the forwardable MQTT 5 properties in wire form
    std::string publisher;   ///< client identifier, empty for the broker itself
    qos quality = qos::at_most_once;
    bool retain = false;
    std::int64_t published_at_ms = 0;
    std::int64_t expires_at_ms = 0;
};

/// A will as CONNECT gave it. [MQTT-3.1.2-7]
struct stored_will {
    std::string topic;
    std::string payload;
    std::string properties;  ///< all will properties but the Will Delay Interval, in wire form
    qos quality = qos::at_most_once;
    bool retain = false;
    std::uint32_t delay_seconds = 0;
    std::int64_t fire_at_ms = 0;  ///< 0: the connection is up
};

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
    std::shared_ptr<const stored_message> message;
};

struct delivery_saved {
    std::uint64_t message_id;
    std::uint64_t session_id;
    std::uint16_t packet_id;
    qos quality;
    bool retain;
    std::vector<std::uint32_t> subscription_identifiers;
};

/// PUBREC arrived: the message is the client's, the PUBREL is owed. [MQTT-4.3.3-6]
struct delivery_received {
    std::uint64_t message_id;
    std::uint64_t session_id;
};

struct delivery_removed {
    std::uint64_t message_id;
    std::uint64_t session_id;
};

/// An incoming QoS 2 packet identifier is taken, or free again. [MQTT-4.3.3-10]
struct packet_id_taken {
    std::uint64_t session_id;
    std::uint16_t packet_id;
};

struct packet_id_freed {
    std::uint64_t session_id;
    std::uint16_t packet_id;
};

struct retained_saved {
    std::shared_ptr<const stored_message> message;
};

struct retained_removed {
    std::string topic;
};

struct will_saved {
    std::uint64_t session_id;
    stored_will will;
};

struct will_removed {
    std::uint64_t session_id;
};

}  // namespace change

using store_change = std::variant<
    change::session_saved,
    change::session_removed,
    change::subscription_saved,
    change::subscription_removed,
    change::message_saved,
    change::delivery_saved,
    change::delivery_received,
    change::delivery_removed,
    change::packet_id_taken,
    change::packet_id_freed,
    change::retained_saved,
    change::retained_removed,
    change::will_saved,
    change::will_removed>;

/// One turn of one shard, to be applied whole or not at all, in order.
struct store_batch {
    ticket number = 0;
    std::vector<store_change> changes;
};

/// Where a broker's state lives beyond its memory.
///
/// submit() is called from the shards' threads, one batch a turn and shard at most; it must not
/// block. `committed` may be called from any thread, once per batch, batches of one shard in order.
class store {
public:
    using committed_notice = std::function<void(ticket)>;

    virtual ~store() = default;

    /// Whether anything submitted here outlives the process. If not, nothing is ever submitted.
    virtual bool durable() const = 0;

    /// Takes one batch; calls `committed` with its number when it can no longer be lost.
    virtual void submit(unsigned shard, store_batch batch, committed_notice committed) = 0;

    /// Blocks until everything submitted has committed. Called once, when the broker stops.
    virtual void flush() = 0;
};

}  // namespace lmqtt
