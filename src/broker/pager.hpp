// Which messages memory can do without: those that are stored and wait deep in a queue, the oldest
// first, as soon as together they take more than they may. Also what is to be read back, until
// somebody takes it to the store. Belongs to one broker.
#pragma once

#include "session/session.hpp"

#include <lmqtt/store.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lmqtt::broker {

// Messages to be read from the store, and the session that waits for them; or a dropped one, to
// tell what it was.
struct page_request {
    session::handle whose;  // 0: dropped
    std::vector<std::uint64_t> message_ids;
    std::string dropped_for = {};  // client identifier
    session::drop_reason why = {};
};

using page = std::vector<stored_message>;

class pager {
public:
    struct place {
        session::handle whose;
        session::outbox::position at;
        ticket stored_by;
        std::uint32_t bytes;  // its own, and the message's, if no other place counts it
        bool follows;         // the one before it is of the same message
    };

    // A message was queued, and is stored once `stored_by` has committed. All its receivers are
    // told one after the other.
    void queued(
        const session::session& to,
        session::outbox::position at,
        const mqtt::routed_message& message,
        ticket stored_by
    );

    // What shall go next, if more than `most` is held and the store has it.
    std::optional<place> surplus(std::uint64_t most, ticket committed);

    std::uint64_t held_bytes() const { return held_bytes_; }

    void request(page_request what) { requests_.push_back(std::move(what)); }

    std::vector<page_request> take_requests() { return std::exchange(requests_, {}); }

private:
    std::deque<place> waiting_;
    std::uint64_t held_bytes_ = 0;
    std::uint64_t last_message_ = 0;
    std::vector<page_request> requests_;
};

}  // namespace lmqtt::broker
