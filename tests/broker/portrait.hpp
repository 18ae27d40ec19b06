// Everything that brokers hold and that is to outlive them, as plain values: taken before they end
// and after others have begun where they ended. What may differ then is said in after.cpp, and
// nowhere else.
#pragma once

#include "shards.hpp"

#include <lmqtt/stored.hpp>
#include <lmqtt/subscription.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::broker::test {

struct portrait {
    struct place {
        std::uint64_t at;
        std::uint64_t message_id;
        session::delivery_phase state;
        qos quality;
        bool retain;
        std::int64_t moment_ms;
        std::uint32_t bytes;
        std::uint32_t shared_by;
        std::string share_filter;  // empty also when the session is no member any more
        std::vector<std::uint32_t> identifiers;
        std::optional<stored_message> message;  // nothing: only the PUBREL is owed
    };

    struct person {
        unsigned shard;
        std::uint64_t stored_id;
        std::string username;
        std::string owner;
        protocol_version version;
        bool connected;
        std::int64_t created_at_ms;
        std::int64_t connected_at_ms;
        std::int64_t disconnected_at_ms;
        std::uint32_t expiry_interval_seconds;
        std::uint16_t receive_maximum;
        std::uint32_t maximum_packet_size;
        std::vector<subscription> subscriptions;
        std::vector<std::string> filed;  // as messages find it
        std::vector<std::uint16_t> received;
        std::optional<stored_will> will;
        std::vector<place> places;
        std::uint64_t sent_position;
        std::uint64_t next_position;
    };

    struct kept {
        stored_message message;
        std::optional<stored_author> by;
    };

    // Of a session that ends, for another member of the group.
    struct heirloom {
        std::uint64_t message_id;
        std::string share_filter;
    };

    std::map<std::string, person> sessions;
    std::map<std::string, kept> retained;  // by topic
    std::int64_t places_taken = 0;         // of sessions, as limits count them
    std::vector<stored_will> fired;        // between the brokers: see after()
    std::vector<heirloom> left_to_groups;  // likewise
};

// Messages whose payload is not in memory are read by `read`.
using reading = std::function<stored_message(std::uint64_t message_id)>;
portrait portrait_of(shards& world, const reading& read);

std::string options_text(const subscription_options& options);

struct ending {
    bool clean;  // everybody was disconnected, and last words were stored
    std::int64_t ended_at;
    std::int64_t back_at;  // when the brokers that follow have begun
    std::uint16_t maximum_inflight;
    std::function<unsigned(std::string_view client_id)> home;
};

// What those have to hold.
portrait after(portrait before, const ending& how);

void check_equal(portrait found, portrait expected);

}  // namespace lmqtt::broker::test
