// How long a message may wait before it is written, because its receiver is about to acknowledge it
// and nothing need be written then: twice the time that receivers have been taking. Measured from
// end of turn to end of turn, one delivery at a time. Belongs to one journal.
#pragma once

#include "base/clock.hpp"

#include <lmqtt/change.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace lmqtt::broker {

class elision_wait {
public:
    // A receiver is sent this in the present turn.
    void sent(const change::delivery_saved& what);
    void acknowledged(const change::delivery_removed& what);
    void end_turn(base::steady_time now);

    // Zero while receivers are too slow for it to be worth while, or unknown.
    std::chrono::microseconds now() const;

private:
    struct sample {
        std::uint64_t session_id;
        std::uint64_t position;
        std::optional<base::steady_time> since;  // nothing: of the present turn
        bool acknowledged = false;
    };

    std::optional<sample> sample_;
    std::optional<std::chrono::microseconds> smoothed_;
};

}  // namespace lmqtt::broker
