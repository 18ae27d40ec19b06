// What a store gives back, handed to the brokers of all shards before any of them serves. One
// thread, at the start.
#pragma once

#include "broker/broker.hpp"

#include <lmqtt/store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace lmqtt::broker {

class restoration final : public recovery {
public:
    // By client identifier, the shard a session lives on.
    using home_of = std::function<unsigned(std::string_view client_id)>;

    restoration(
        std::span<broker* const> shards,
        home_of home,
        session::policy_ptr rules,
        std::uint64_t cache_bytes
    );

    void session(stored_session&& what) override;
    void will(change::will_saved&& what) override;
    bool
    wants_payload(std::uint64_t payload_bytes, std::span<const stored_delivery> places) override;
    void message(
        stored_message&& what,
        bool with_payload,
        std::uint64_t payload_bytes,
        std::span<stored_delivery> places
    ) override;
    void retained(stored_message&& what, const std::optional<stored_author>& by) override;

    // Everything is there: queues are put in order, whoever was connected when the broker ended has
    // lost its connection now, and what was on its way goes on.
    void finish(std::int64_t now_ms);

private:
    struct place_of_session {
        unsigned shard;
        session::session* where;
        bool was_connected;
    };

    struct restored_message {
        const stored_message& what;
        bool with_payload;
        std::uint32_t bytes;  // of memory it takes, or would take
    };

    void restore_place(
        const place_of_session& home, const restored_message& message, stored_delivery&& held
    );

    std::span<broker* const> shards_;
    home_of home_of_;
    session::policy_ptr rules_;
    std::uint64_t cache_left_;
    std::vector<mqtt::routed_message_ptr> copies_;  // of the message at hand, one a shard
    std::unordered_map<std::uint64_t, place_of_session> homes_;  // by stored session id
    std::vector<change::will_saved> wills_;                      // that no session holds
    std::vector<leftover> leftovers_;  // on their way to members of shared groups
};

}  // namespace lmqtt::broker
