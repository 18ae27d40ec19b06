// Many clients on several shards do random things while the store commits at random moments; a
// naive model of what each session is owed is the judge. One seed, one history.
//
// Aside from what is judged, there are topics of which nobody keeps an account: for wills, shared
// subscriptions, and messages that are retained, sent to new subscribers and removed.
#pragma once

#include "guest.hpp"
#include "state_on_disk.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace lmqtt::broker::test {

// What one session, from its beginning to its end, is owed.
struct ledger {
    struct debt {
        qos quality;              // the lower of publication and subscription
        std::uint64_t stored_id;  // of the session when the debt arose; 0: it does not last
        int published = 1;        // a QoS 1 publisher may repeat itself ...
        bool repeated = false;    // ... and what it repeats has lost its place in the order
        int delivered = 0;
        bool by_latest = true;  // what is acknowledged is the latest time it was published
    };

    // Publisher, topic and quality, within which order is kept. [MQTT-4.6.0-5]
    using stream = std::tuple<std::string, std::string, qos>;

    std::map<std::string, subscription_options> subscriptions;
    std::map<std::string, debt> debts;  // by payload, of which there are no two alike
    std::map<stream, int> newest;       // number of the last message that came for the first time
    bool lasting = false;
};

// A client that keeps to the protocol.
class player {
public:
    player(shards& world, std::string client_id)
        : name(std::move(client_id)) {
        sit_down(world);
    }

    // In a world that gives every name a shard.
    void sit_down(shards& world);

    struct publication {
        std::uint16_t id;
        std::string topic;
        std::string payload;
        qos quality;
        bool retain = false;
        bool expires = false;
        unsigned user_properties = 0;
        bool received = false;  // PUBREC has come
    };

    std::string name;
    std::unique_ptr<guest> seat;
    std::unique_ptr<ledger> owed;                  // while there is a session
    std::deque<publication> unanswered;            // what it published
    std::map<std::uint16_t, std::string> holding;  // QoS 2, before PUBREL
    std::map<std::uint16_t, std::string> open;     // identifiers in use towards it
    std::deque<received> to_acknowledge;
    std::deque<std::pair<packet_type, std::uint16_t>> answers;  // it waits for, in order
    int published = 0;
};

class simulation {
public:
    simulation(unsigned seed, unsigned shard_count, bool durable);
    // With a new database there.
    simulation(unsigned seed, unsigned shard_count, const std::string& path);
    ~simulation();

    void step();

    // The brokers end, cleanly or with everybody connected, when all they changed was stored;
    // others, on so many shards, begin with what the database gives back, which has to be all there
    // was. Whoever was connected finds out.
    void restart(unsigned shard_count);

    // Everybody comes back, reads and acknowledges, until there is nothing left to say.
    void finish();

    // Deliveries that were seen for the first time.
    int deliveries() const { return deliveries_; }

private:
    unsigned random(unsigned below) { return static_cast<unsigned>(engine_() % below); }

    player& anybody() { return *players_.at(random(static_cast<unsigned>(players_.size()))); }

    void connect(player& who, bool clean_start, bool lasting);
    void leave(player& who);
    void forget_connection(player& who);
    void subscribe(player& who);
    void unsubscribe(player& who);
    void publish(player& who);
    void send(player& who, const player::publication& what, bool again);
    void owe(player& to, const player& from, const player::publication& what, bool again);
    void read(player& who);
    void read_answer(player& who, const received& what);
    void finish_publication(player& who, const received& what);
    void read_publish(player& who, const received& what);
    void count(player& who, const received& what);
    void acknowledge(player& who, std::size_t most);
    void check_stored(const std::string& payload);
    void settle_accounts();

    // simulation_content.cpp: what it is all about
    static bool is_aside(std::string_view topic);
    hello any_hello(bool lasting);
    std::unique_ptr<stored_will> any_will();
    std::optional<std::vector<std::string>> any_roles();
    subscription_options any_options();
    player::publication any_publication(player& who);
    void put_through(player& who, const player::publication& what);
    void publish_aside(player& who);
    void subscribe_aside(player& who);
    void pass_time();

    // simulation_restart.cpp
    void open_state();
    void watch_commits();
    void end_cleanly();

    std::mt19937 engine_;
    std::string path_;
    std::unique_ptr<state_on_disk> disk_;
    std::unique_ptr<shards> world_;
    std::vector<std::unique_ptr<player>> players_;
    std::map<std::uint64_t, std::string> stored_messages_;           // payload by message id
    std::set<std::pair<std::uint64_t, std::string>> stored_places_;  // session and payload
    int deliveries_ = 0;
    int wills_ = 0;
};

}  // namespace lmqtt::broker::test
