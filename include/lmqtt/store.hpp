// The persistence interface: what a broker tells a store, when it may answer for it, and what it
// gets back when it starts again.
//
// A shard stages changes while it works; at the end of its turn they leave as one batch. Every
// batch has a ticket, numbers growing by one per shard. An acknowledgement that promises durability
// waits until its ticket has committed; nothing else ever waits for the store.
#pragma once

#include <lmqtt/bytes.hpp>
#include <lmqtt/protocol.hpp>
#include <lmqtt/subscription.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
    bool expiry_given = false;  ///< the publisher set the expiry, so it is forwarded [MQTT-3.3.2-6]
    std::int64_t published_at_ms = 0;
    std::int64_t expires_at_ms = 0;

    friend bool operator==(const stored_message&, const stored_message&) = default;
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

    friend bool operator==(const stored_will&, const stored_will&) = default;
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
    std::uint64_t sent_position;  ///< queue places before it were sent at least once
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

/// Messages dropped for a session since it was last said; added up by the store.
struct drops_counted {
    std::uint64_t session_id;
    std::string reason;  ///< a word of drop_reason: "queue_full", "message_expired", ...
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
    change::delivery_received,
    change::delivery_removed,
    change::packet_id_taken,
    change::packet_id_freed,
    change::retained_saved,
    change::retained_removed,
    change::will_saved,
    change::will_removed,
    change::drops_counted>;

/// One turn of one shard, to be applied whole or not at all, in order.
struct store_batch {
    ticket number = 0;
    std::vector<store_change> changes;
    /// How long the store may hold the batch back, because what it saves will probably be removed
    /// again within that time: receivers are connected and acknowledge fast.
    std::chrono::microseconds linger{0};
};

/// A session as it comes back.
struct stored_session {
    change::session_saved about{};
    std::vector<subscription> subscriptions;
    std::vector<std::uint16_t> packet_ids_taken;  ///< incoming QoS 2, between PUBREC and PUBREL
    std::optional<stored_will> will;
};

/// A place in a session's queue as it comes back.
struct stored_delivery {
    change::delivery_saved about{};
    bool received = false;  ///< PUBREC came: only the PUBREL is owed [MQTT-4.3.3-6]
};

/// Takes what a store held, before the broker serves anybody. The calls come in this order: all
/// sessions, all messages by rising id, all retained messages. All on the thread of recover().
class recovery {
public:
    virtual ~recovery() = default;

    virtual void session(stored_session&& what) = 0;

    /// Whether the broker wants the payload of the next message in memory; called once before each
    /// message(). If not, fetch() brings it later.
    virtual bool wants_payload(std::uint64_t payload_bytes) = 0;

    /// A message with all the queue places that name it. `with_payload` is false where
    /// wants_payload() said so; `payload_bytes` is right in any case. Where all places are
    /// `received`, only the id of `what` need be set.
    virtual void message(
        stored_message&& what,
        bool with_payload,
        std::uint64_t payload_bytes,
        std::span<stored_delivery> places
    ) = 0;

    virtual void retained(stored_message&& what) = 0;
};

/// The highest numbers in use, so that none is given twice.
struct recovered {
    std::uint64_t last_message_id = 0;
    std::uint64_t last_session_id = 0;
};

/// Whether a store keeps what it is told.
enum class store_state : std::uint8_t {
    working,
    full,        ///< no space left: nothing more that must be durable should be taken on
    failing,     ///< the last batch cannot be written; it is held and tried again
    unreliable,  ///< it has given up, as it was told to: tickets commit without being stored
};

/// Where a broker's state lives beyond its memory.
///
/// submit() is called from the shards' threads, one batch a turn and shard at most; it must not
/// block. `committed` may be called from any thread, once per batch, batches of one shard in order.
class store {
public:
    using committed_notice = std::function<void(ticket)>;
    using fetched_notice = std::function<void(std::vector<stored_message>)>;
    using state_notice = std::function<void(store_state, std::string_view why)>;

    virtual ~store() = default;

    /// Whether anything submitted here outlives the process. If not, nothing is ever submitted.
    virtual bool durable() const = 0;

    /// Opens it, gives back all it holds, and is ready for submit(). Called once, before anything
    /// else. Throws startup_error (lmqtt/server.hpp) or std::exception: one line for a person.
    virtual recovered recover(recovery& into) = 0;

    /// Takes one batch; calls `committed` with its number when it can no longer be lost.
    virtual void submit(unsigned shard, store_batch batch, committed_notice committed) = 0;

    /// Reads messages back, payload included, and hands them to `done` on any thread; what is no
    /// longer stored is left out. Must not block.
    virtual void fetch(std::vector<std::uint64_t> message_ids, fetched_notice done) = 0;

    /// Blocks until everything submitted has committed. Called once, when the broker stops. False
    /// if something could not be stored.
    virtual bool flush() = 0;

    /// How it is. Any thread, costs an atomic load.
    virtual store_state state() const noexcept = 0;

    /// Bytes submitted and not yet committed. Any thread, costs an atomic load.
    virtual std::uint64_t pending_bytes() const noexcept = 0;

    /// Whom to tell, on any thread, when state() changes. Set before recover().
    virtual void on_state(state_notice notice) = 0;
};

}  // namespace lmqtt
