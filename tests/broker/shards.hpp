// Brokers as their shards drive them, without threads and sockets: time is a number, boxes change
// hands once a turn, and the store commits when the test says so.
#pragma once

#include "broker/broker.hpp"
#include "support/held_store.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace lmqtt::broker::test {

inline constexpr qos qos0 = qos::at_most_once;
inline constexpr qos qos1 = qos::at_least_once;
inline constexpr qos qos2 = qos::exactly_once;
inline constexpr std::uint32_t forever = session::never_expires;

inline session::policy generous_policy() {
    session::policy rules{};
    rules.outbox.maximum_messages = 1000;
    rules.outbox.maximum_bytes = 1'000'000;
    rules.outbox.maximum_inflight = 100;
    rules.outbox.overflow = overflow_policy::drop_oldest;
    rules.session_expiry_cap_seconds = forever;
    rules.message_expiry_cap_seconds = forever;
    rules.maximum_subscriptions = 1000;
    rules.queue_qos0 = true;
    rules.waits_for_store = true;
    return rules;
}

class guest;

class shards {
public:
    explicit shards(unsigned count = 1, bool durable = false)
        : store(durable) {
        mail_.resize(count);
        for (unsigned at = 0; at < count; ++at) {
            broker_options options;
            options.shard = at;
            options.shards = count;
            options.retained = {1000, 1'000'000};
            options.sessions = {.in_all = 1000, .of_one_user = 1000};
            brokers_.push_back(std::make_unique<broker>(shared, store, options, listeners));
        }
    }

    lmqtt::test::held_store store;
    directory shared;
    events listeners;
    session::policy rules = generous_policy();
    std::int64_t now_ms = 1'000'000;

    broker& at(unsigned shard) { return *brokers_.at(shard); }

    unsigned count() const { return static_cast<unsigned>(brokers_.size()); }

    // What a shard does at the end of its turn. True: something happened.
    bool turn(unsigned shard);

    // Turns of all shards until nothing happens any more; nothing commits meanwhile.
    void settle() {
        bool busy = true;
        for (int turns = 0; busy; ++turns) {
            REQUIRE(turns < 10'000);  // there is an end to what is to do
            busy = false;
            for (unsigned shard = 0; shard < count(); ++shard) {
                busy = turn(shard) || busy;
            }
        }
    }

    // Everything that was changed is stored, and everybody hears of it.
    void commit() {
        settle();
        for (int times = 0; store.waiting() != 0; ++times) {
            REQUIRE(times < 1000);
            store.commit_all();
            settle();
        }
    }

private:
    friend class guest;

    std::vector<std::unique_ptr<broker>> brokers_;
    std::vector<std::vector<box>> mail_;  // by receiver: one box for each turn of a sender
    std::map<session::connection_id, guest*> guests_;
    session::connection_id last_connection_ = 0;
};

}  // namespace lmqtt::broker::test
