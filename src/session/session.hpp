// One client's MQTT session: what survives its connections (subscriptions, outbox, taken packet
// identifiers, will) and the answers owed on the present one. Lives on one shard, owned by its
// broker; only that shard's thread touches it.
#pragma once

#include "session/answers.hpp"
#include "session/inbound.hpp"
#include "session/outbox.hpp"

#include <lmqtt/store.hpp>
#include <lmqtt/subscription.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmqtt::session {

// Which session, from anywhere: shard, slot and generation. A stale handle resolves to nothing.
using handle = std::uint64_t;

// Which connection on the shard; 0 is none. Never reused.
using connection_id = std::uint64_t;

inline constexpr std::uint32_t never_expires = std::numeric_limits<std::uint32_t>::max();

// What the listener and the configuration allow this client; shared, immutable, replaced on reload.
struct policy {
    outbox_limits outbox;
    std::uint32_t session_expiry_cap_seconds;  // never_expires: no cap
    std::uint32_t message_expiry_cap_seconds;  // never_expires: no cap
    std::size_t maximum_subscriptions;
    bool waits_for_store;  // before an acknowledgement
    bool queue_qos0;
    bool upgrade_outgoing_qos;
    bool deliver_overlapping;   // one copy per matching subscription, instead of one per client
    std::string listener = {};  // its name; empty: not known
};

using policy_ptr = std::shared_ptr<const policy>;

struct held_subscription {
    subscription what;  // topic_filter as subscribed, with $share/<name>/
};

struct session {
    std::string client_id;
    handle self = 0;
    std::uint64_t stored_id = 0;  // 0: nothing of this session is stored
    connection_id connection = 0;
    std::shared_ptr<const policy> rules;

    outbox out;
    answer_queue answers;
    packet_id_set received;                        // QoS 2 identifiers between PUBREC and PUBREL
    std::vector<held_subscription> subscriptions;  // sorted by topic filter
    std::unique_ptr<stored_will> will;

    std::int64_t created_at_ms = 0;
    std::int64_t connected_at_ms = 0;
    std::int64_t disconnected_at_ms = 0;
    std::uint32_t expiry_interval_seconds = 0;
    std::uint32_t maximum_packet_size = 0;  // as the client said when it last connected
    std::uint16_t receive_maximum = 0;
    std::uint16_t owner = 0;        // as the broker numbers them; 0: whoever comes first
    std::uint32_t hash = 0;         // of the client identifier, for the registry
    std::uint32_t route_index = 0;  // scratch of the delivery under way
    std::uint64_t route_mark = 0;
    protocol_version version = protocol_version::v3_1_1;
    bool ready = false;   // is in the broker's list of sessions with something to write
    bool gated = false;   // is in its list of those that wait for a commit
    bool paging = false;  // messages of its queue are on their way from the store

    bool attached() const { return connection != 0; }

    std::string_view username() const { return username_ ? *username_ : std::string_view{}; }

    void set_username(std::string name) {
        username_ = name.empty() ? nullptr : std::make_unique<const std::string>(std::move(name));
    }

    // [MQTT-3.1.2-23] A session whose interval is 0 ends with its connection.
    bool outlives_connection() const { return expiry_interval_seconds != 0; }

    // [MQTT-4.1.0-2] Counted from the disconnection, never from the connection.
    bool expired(std::int64_t now_ms) const;

    held_subscription* find(std::string_view topic_filter);
    // True when the filter was not subscribed before. [MQTT-3.8.4-3]
    bool subscribe(subscription what);
    bool unsubscribe(std::string_view topic_filter);

private:
    std::unique_ptr<const std::string> username_;  // null where there is none, as there often is
};

}  // namespace lmqtt::session
