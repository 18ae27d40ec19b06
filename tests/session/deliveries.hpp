// A session's outbox as its tests use it: messages by number, what was dropped by number.
#pragma once

#include "session/outbox.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lmqtt::session::test {

inline constexpr qos qos0 = qos::at_most_once;
inline constexpr qos qos1 = qos::at_least_once;
inline constexpr qos qos2 = qos::exactly_once;

inline constexpr ticket all_committed = std::numeric_limits<ticket>::max();

// Sixty-four bytes of payload, if nothing else is said.
inline mqtt::routed_message_ptr
numbered_message(std::uint64_t id, std::int64_t expires_at_ms = 0, std::size_t payload = 64) {
    return mqtt::make_routed_message({
        .topic = "a/topic",
        .payload = std::string(payload, 'p'),
        .id = id,
        .expires_at_ms = expires_at_ms,
    });
}

// A number and why it was dropped.
using drops = std::vector<std::pair<std::uint64_t, drop_reason>>;

class mailbox {
public:
    outbox out;
    outbox_limits limits{
        .maximum_messages = 5,
        .maximum_bytes = 1'000'000,
        .maximum_inflight = 100,
        .inflight_expiry = {},
        .overflow = overflow_policy::drop_oldest,
    };
    delivery_terms terms{
        .version = protocol_version::v5_0,
        .receive_maximum = 65'535,
        .maximum_packet_size = std::numeric_limits<std::uint32_t>::max(),
    };
    std::int64_t now_ms = 1'000'000;
    ticket committed = all_committed;

    offer_verdict push(offer what) { return out.push(std::move(what), limits, now_ms, dropped_); }

    offer_verdict push(std::uint64_t id, qos quality, std::int64_t expires_at_ms = 0) {
        return push({.message = numbered_message(id, expires_at_ms), .quality = quality});
    }

    // The numbers from first to last.
    void push_all(std::uint64_t first, std::uint64_t last, qos quality) {
        for (std::uint64_t id = first; id <= last; ++id) {
            push(id, quality);
        }
    }

    void attach() { out.attach(terms, limits); }

    // The client comes back.
    void reattach() {
        out.detach();
        attach();
    }

    std::optional<outgoing> take() { return out.take(committed, now_ms, dropped_); }

    void page_in(std::vector<std::uint64_t> asked, std::vector<mqtt::routed_message_ptr> found) {
        out.page_in(asked, found, dropped_);
    }

    // The numbers of all that may be sent now; a PUBREL is 0.
    std::vector<std::uint64_t> take_all() {
        std::vector<std::uint64_t> taken;
        while (const auto next = take()) {
            taken.push_back(next->message == nullptr ? 0 : next->message->id());
        }
        return taken;
    }

    // What was dropped since the last call.
    drops dropped() {
        drops result;
        for (const auto& each : std::exchange(dropped_, {})) {
            result.emplace_back(each.message_id, each.why);
        }
        return result;
    }

private:
    drop_list dropped_;
};

using numbers = std::vector<std::uint64_t>;

}  // namespace lmqtt::session::test
