// What one shard's broker sends another's: messages with the sessions they are for, and the
// verdicts that come back. Boxes of envelopes change hands once a turn, first in, first out.
#pragma once

#include "mqtt/publish_frame.hpp"
#include "session/session.hpp"

#include <lmqtt/subscription.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lmqtt::broker {

// One subscription that matched; `shared_by` names the group it was chosen from, 0 for none.
struct match {
    session::handle to = 0;
    subscription_options options{};
    std::uint32_t subscription_identifier = 0;
    std::uint32_t shared_by = 0;
};

// Whom to tell what became of a delivery: the answer waiting in the publisher's session.
struct receipt {
    session::handle publisher = 0;  // 0: nobody waits
    session::answer_queue::position answer = 0;
    bool takes_packet_id = false;  // QoS 2: the answer is a PUBREC
    bool waits_for_store = true;   // else durability is "memory" where the publisher is
};

// A place in a queue that the store has, or is about to have.
struct stored_place {
    std::uint64_t session_id;  // 0: nobody's, its message is on its way to another shard
    std::uint64_t position;
    qos quality;
};

// What a session that has ended leaves of a shared group to the other members.
struct inheritance {
    std::string topic_filter;           // with $share/<name>/
    std::optional<stored_place> place;  // nothing: it is in memory alone
};

struct delivery_order {
    mqtt::routed_message_ptr message;  // the receiving shard's own copy
    std::vector<match> matches;
    receipt answer_to;
    unsigned from_shard = 0;
    bool linked = false;  // stored together with the publisher's packet identifier, or the will
    std::unique_ptr<inheritance> from = {};  // set: it goes to one member of a group, whoever it is
};

struct delivery_verdict {
    receipt answer_to;
    bool refused = false;
    bool matched = false;
};

using envelope = std::variant<delivery_order, delivery_verdict>;
using box = std::vector<envelope>;

}  // namespace lmqtt::broker
