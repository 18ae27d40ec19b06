// What a broker has under way: deliveries of the message being routed, retained messages still to
// be sent, what other shards are to be told. Belongs to one broker.
#pragma once

#include "broker/envelope.hpp"
#include "topic/retained_index.hpp"
#include "topic/shared_groups.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace lmqtt::broker {

using match_span = std::span<const match>;

struct local_result {
    bool matched = false;
    bool refused = false;
    ticket committed_by = 0;
};

struct delivery {
    session::session* to;
    subscription_options options;
    std::uint32_t shared_by;
    std::unique_ptr<session::identifier_list> identifiers;
};

// Scratch of the message being routed, kept for its memory.
struct routing {
    std::vector<match> matches;
    std::vector<match> sorted;  // by shard
    std::vector<delivery> deliveries;
    std::vector<std::uint32_t> departed;  // groups whose chosen member has gone meanwhile
    std::uint64_t generation = 0;         // of the subscriptions to its topic, when it was matched
    std::uint64_t mark = 0;               // of the sessions that have a delivery already
    std::uint64_t staged_message = 0;
    bool linking = false;                   // deliveries being made are part of a group
    std::optional<stored_place> inherited;  // the place that the delivery being made takes over
};

// The member of the group that gets the publisher's next message; nothing for one without members.
std::optional<match> choose_member(
    const topic::shared_group& group,
    topic::strategy how,
    session::handle publisher,
    std::uint64_t random
);

// What is numbered higher was published when the subscription was there, and is delivered by it.
struct replay {
    subscription what;
    std::uint64_t newest;
    topic::retained_cursor cursor;
};

// What a queue can take of it for now.
struct replay_room {
    std::size_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_of_first = 0;
};

enum class replay_step : std::uint8_t { complete, more, no_room };

// Of a shared group's message whose receiver has gone.
struct leftover {
    mqtt::routed_message_ptr message;
    inheritance what;
};

struct pending_verdict {
    ticket committed_by;
    unsigned to_shard;
    delivery_verdict what;
};

}  // namespace lmqtt::broker
