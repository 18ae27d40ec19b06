// A client, as far as its broker sees one: does with it what src/client does, and remembers what it
// was sent. Lives no longer than its shards.
#pragma once

#include "shards.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmqtt::broker::test {

// What a client is sent, in order.
struct received {
    packet_type type;
    std::uint16_t packet_id = 0;
    reason_code reason = reason_code::success;
    std::string topic = {};
    std::string payload = {};
    qos quality = qos0;
    bool dup = false;
    bool retain = false;
    std::vector<std::uint32_t> identifiers = {};
};

struct hello {
    bool clean_start = true;
    std::uint32_t expiry_seconds = 0;
    std::uint16_t receive_maximum = 65'535;
    std::uint32_t maximum_packet_size = std::numeric_limits<std::uint32_t>::max();
    std::unique_ptr<stored_will> will = {};
    std::string user = {};      // who has proved to be one; empty: anonymous ...
    std::string listener = {};  // ... of this listener
    protocol_version version = protocol_version::v5_0;
};

class guest {
public:
    guest(shards& world, unsigned shard, std::string client_id)
        : world_(world)
        , home_(world.at(shard))
        , client_id_(std::move(client_id)) {}

    guest(const guest&) = delete;
    guest& operator=(const guest&) = delete;

    ~guest() { world_.guests_.erase(connection_); }

    attachment connect(hello how = {});
    void leave(const departure& how = {.publish_will = false, .expiry_interval_seconds = {}});
    reason_code subscribe(subscription what);

    reason_code subscribe(std::string filter, qos quality = qos2) {
        return subscribe(subscription{std::move(filter), {quality}, 0});
    }

    bool unsubscribe(std::string_view filter);
    void publish(std::string_view topic, std::string_view payload, qos quality, std::uint16_t id);

    void publish(std::string_view topic, std::string_view payload, qos quality = qos0) {
        publish(topic, payload, quality, quality == qos0 ? std::uint16_t{0} : ++last_id_);
    }

    void publish(publication what, std::uint16_t id = 0);
    void pubrel(std::uint16_t id);

    broker::acknowledged puback(std::uint16_t id) { return home_.puback(state(), id); }

    broker::acknowledged pubrec(std::uint16_t id) { return home_.pubrec(state(), id); }

    broker::acknowledged pubcomp(std::uint16_t id) { return home_.pubcomp(state(), id); }

    // What has come since the last call, after a turn.
    std::vector<received> read() {
        world_.settle();
        return std::exchange(inbox_, {});
    }

    // The same, of the turns that were.
    std::vector<received> take() { return std::exchange(inbox_, {}); }

    // The payloads of the messages among them.
    std::vector<std::string> payloads() {
        std::vector<std::string> found;
        for (const auto& each : read()) {
            if (each.type == packet_type::publish) {
                found.push_back(each.payload);
            }
        }
        return found;
    }

    bool connected() const { return connection_ != 0 && world_.guests_.count(connection_) != 0; }

    session::session& state() {
        REQUIRE(session_ != nullptr);
        return *session_;
    }

    const std::string& client_id() const { return client_id_; }

    broker& home() { return home_; }

    // The shard calls it when the session has become ready.
    void pump();

private:
    void write_answer(const session::answer& what);
    void write(const session::outgoing& what);

    shards& world_;
    broker& home_;
    std::string client_id_;
    session::session* session_ = nullptr;
    session::connection_id connection_ = 0;
    route_cache routes_;
    std::vector<received> inbox_;
    std::uint16_t last_id_ = 0;
    bool greeted_ = false;
};

}  // namespace lmqtt::broker::test
