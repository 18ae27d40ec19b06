// An outbox that is too simple to be wrong: one list, searched from its front. It says what it does
// in words, to be compared.
#pragma once

#include "session/deliveries.hpp"

#include <algorithm>
#include <list>
#include <string>
#include <vector>

namespace lmqtt::session::test {

using phase = outbox::phase;

struct held {
    std::uint64_t id;
    std::uint16_t packet_id;  // 0 with QoS 0
    qos quality;
    std::size_t bytes;
    std::int64_t expires_at_ms;
    ticket committed_by;
    phase state = phase::queued;
    std::int64_t sent_at_ms = 0;
    bool sent_here = false;  // on this connection
    bool counted = false;
    bool beyond = false;  // larger than the queue
};

// What one step did, in words that both sides can say.
using trace = std::vector<std::string>;

class model {
public:
    outbox_limits limits{};
    std::uint16_t window = 0;
    bool attached = false;
    std::list<held> all;  // as they came
    std::uint64_t accepted = 0;
    trace said;

    offer_verdict push(held fresh, std::int64_t now_ms);
    void attach();
    void take(ticket committed, std::int64_t now_ms);
    void acknowledge(unsigned kind, std::uint16_t packet_id);
    std::size_t bytes() const;
    std::size_t inflight() const;

private:
    bool too_large(const held& fresh) const;
    bool full_for(const held& fresh) const;

    std::uint16_t next_packet_id() const {
        return static_cast<std::uint16_t>(accepted % 65'535 + 1);
    }

    using place = std::list<held>::iterator;

    template <class Test>
    place first(Test test) {
        return std::find_if(all.begin(), all.end(), test);
    }

    void drop(const held& each, drop_reason why);
    bool give_up(place at, drop_reason why);
    bool replaying();
    static bool too_late(const held& each, std::int64_t now_ms);
    // The seven rules of a full queue.
    bool make_room(const held& fresh, std::int64_t now_ms);
    bool take_assured(ticket committed, std::int64_t now_ms);
    bool take_plain(std::int64_t now_ms);
};

}  // namespace lmqtt::session::test
