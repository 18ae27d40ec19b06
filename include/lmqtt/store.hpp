// The persistence interface: what a broker tells a store, when it may answer for it, and what it
// gets back when it starts again.
//
// A shard stages changes while it works; at the end of its turn they leave as one batch. Every
// batch has a ticket, numbers growing by one per shard. An acknowledgement that promises durability
// waits until its ticket has committed; nothing else ever waits for the store.
#pragma once

#include <lmqtt/change.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lmqtt {

/// A point in a shard's history of changes. 0 has always committed.
using ticket = std::uint64_t;

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
/// sessions, the wills that no session holds, all messages by rising id, all retained messages. All
/// on the thread of recover().
class recovery {
public:
    virtual ~recovery() = default;

    virtual void session(stored_session&& what) = 0;

    /// A will that was saved with session 0.
    virtual void will(change::will_saved&& what) = 0;

    /// Whether the broker wants the payload of the next message in memory; called once before each
    /// message() that still has one, with its places. If not, fetch() brings it later.
    virtual bool
    wants_payload(std::uint64_t payload_bytes, std::span<const stored_delivery> places) = 0;

    /// A message with all the queue places that name it. `with_payload` is false where
    /// wants_payload() said so; `payload_bytes` is right in any case. Where all places are
    /// `received`, only the id of `what` need be set.
    virtual void message(
        stored_message&& what,
        bool with_payload,
        std::uint64_t payload_bytes,
        std::span<stored_delivery> places
    ) = 0;

    virtual void retained(stored_message&& what, const std::optional<stored_author>& by) = 0;
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
    ended,       ///< it has given up, as it was told to: nothing commits any more
};

/// The word for it in the log and in $SYS/broker/store/state.
constexpr std::string_view text_of(store_state state) {
    switch (state) {
    case store_state::working:
        return "working";
    case store_state::full:
        return "full";
    case store_state::failing:
        return "failing";
    case store_state::unreliable:
        return "unreliable";
    case store_state::ended:
        return "ended";
    }
    return "unknown";
}

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
    /// longer stored is left out, what was submitted for removal later than this call is not. Must
    /// not block.
    virtual void fetch(std::vector<std::uint64_t> message_ids, fetched_notice done) = 0;

    /// Blocks until everything submitted has committed. Called once, when the broker stops. False
    /// if something could not be stored. No notice is called any more once it has returned.
    virtual bool flush() = 0;

    /// How it is. Any thread, costs an atomic load.
    virtual store_state state() const noexcept = 0;

    /// Bytes submitted and not yet committed. Any thread, costs an atomic load.
    virtual std::uint64_t pending_bytes() const noexcept = 0;

    /// Bytes that are safe, but lie in a log until readers let them be moved. Any thread, costs an
    /// atomic load.
    virtual std::uint64_t log_bytes() const noexcept { return 0; }

    /// Whom to tell, on any thread, when state() changes. Set before recover().
    virtual void on_state(state_notice notice) = 0;
};

}  // namespace lmqtt
