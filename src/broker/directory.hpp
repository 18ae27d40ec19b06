// What all shards share: who subscribes to what, and the retained messages. Everything else belongs
// to one shard. Lock order: subscriptions, then retained; never both unless in that order.
#pragma once

#include "base/locked.hpp"
#include "broker/author.hpp"
#include "broker/owner.hpp"
#include "broker/session_places.hpp"
#include "mqtt/publish_frame.hpp"
#include "topic/retained_index.hpp"
#include "topic/shared_groups.hpp"
#include "topic/subscription_index.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::broker {

struct retained_limits {
    std::size_t maximum_messages;
    std::uint64_t maximum_bytes;
};

// The copy belongs to no shard: its count is not atomic.
struct kept_message {
    mqtt::routed_message_ptr message;
    author_ptr by;  // null: nobody whom access rules are asked about
};

class retained_messages {
public:
    // False: a limit stands in the way; the old message, if any, stays. No limit counts $SYS
    // topics, which only the broker and its program can have.
    bool
    put(const mqtt::routed_message& message, const retained_limits& limits, author_ptr by = nullptr
    );
    void put_status(const mqtt::routed_message& message);
    bool erase(std::string_view topic);
    // Removes what has expired, looking at a bounded number of topics a call. Says which went.
    std::vector<std::string> sweep(std::int64_t now_ms);

    const topic::retained_index<kept_message>& index() const { return index_; }

    // Messages of clients and programs, and what they take.
    std::size_t size() const { return index_.size() - statuses_; }

    std::uint64_t bytes() const { return bytes_; }

private:
    topic::retained_index<kept_message> index_;
    topic::retained_cursor sweep_;
    std::size_t statuses_ = 0;
    std::uint64_t bytes_ = 0;
};

struct directory {
    base::shared_locked<topic::subscription_index> subscriptions;
    base::shared_locked<retained_messages> retained;
    base::locked<owner_names> owners;
    base::locked<session_places> places;
    base::locked<author_names> authors;
    std::atomic<std::uint64_t> last_message_id{0};  // a removed retained message has one, too
    std::atomic<std::uint64_t> last_stored_session_id{0};
    std::atomic<unsigned> late_shards{0};  // whose changes wait for the store for too long

    std::uint64_t next_message_id() { return last_message_id.fetch_add(1) + 1; }
};

}  // namespace lmqtt::broker
