// Acknowledgements a session owes, in the order of the packets they answer. Each waits for its
// ticket to commit, and for the verdicts of other shards it depends on; the first that waits holds
// the rest. [MQTT-4.6.0-2] Ends with the connection: a client that comes back asks again.
#pragma once

#include "session/ring.hpp"

#include <lmqtt/packet.hpp>
#include <lmqtt/reason_code.hpp>
#include <lmqtt/store.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lmqtt::session {

struct answer {
    packet_type type = packet_type::puback;
    reason_code reason = reason_code::success;
    std::uint16_t packet_id = 0;
    bool counted = true;     // frees a place in the receive window
    std::uint16_t owed = 0;  // verdicts of other shards still to come
    ticket committed_by = 0;
    std::unique_ptr<std::string> encoded =
        {};  // the whole packet, where it is more than id and reason
    std::unique_ptr<std::string> reason_string = {};
};

class answer_queue {
public:
    using position = ring<answer>::position;

    position push(answer what) { return waiting_.push(std::move(what)); }

    // Another shard has spoken: `refused` turns the answer into 0x97 Quota exceeded, `matched` a
    // "no matching subscribers" into success.
    void settle(position at, bool refused, bool matched);

    bool ready(ticket committed) const {
        return !waiting_.empty() && waiting_[waiting_.begin()].owed == 0 &&
               waiting_[waiting_.begin()].committed_by <= committed;
    }

    std::optional<answer> take(ticket committed);

    // Where the next push will be.
    position next() const { return waiting_.end(); }

    std::size_t size() const { return waiting_.size(); }

    void clear();

private:
    ring<answer> waiting_;
};

}  // namespace lmqtt::session
