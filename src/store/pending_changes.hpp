// What shards have submitted and the disk does not hold yet. What cancels here is never written: a
// delivery that is acknowledged before its row was, a retained message that is replaced, a packet
// identifier that is taken and freed. What is left keeps its order. One thread.
#pragma once

#include "store/retained_order.hpp"

#include <lmqtt/change.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lmqtt::persistence {

class pending_changes {
public:
    // Says which groups of linked changes these are part of (packet_id_taken, will_removed), by
    // message id.
    std::vector<std::uint64_t> add(std::vector<store_change>&& changes);

    // Whether a part of this group is still to come; until then none of it is written.
    bool is_open(std::uint64_t message_id) const { return groups_.contains(message_id); }

    // Whether nothing is left to write.
    bool empty() const { return live_ == 0; }

    std::size_t size() const { return live_; }

    // Calls visit(store_change) for each that is left, in order.
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (const item& each : items_) {
            if (each.live) {
                visit(each.what);
            }
        }
    }

    // All that was left has been written; open groups stay, and what is known of the order. So does
    // memory, for as much again.
    void clear();

    // After clear(), when nothing more comes.
    void give_memory_back();

private:
    using index = std::size_t;

    struct item {
        store_change what;
        bool live = true;
    };

    struct delivery_key {
        std::uint64_t message_id;
        std::uint64_t session_id;
        std::uint64_t position;

        friend bool operator==(const delivery_key&, const delivery_key&) = default;
    };

    struct pair_hash {
        std::size_t operator()(const delivery_key& key) const;
        std::size_t operator()(const std::pair<std::uint64_t, std::uint64_t>& key) const;
    };

    struct waiting_delivery {
        index saved;
        std::vector<index> received;
    };

    struct waiting_message {
        index saved;
        std::size_t deliveries = 0;
    };

    struct linked_group {
        std::optional<std::uint16_t> shards_expected;
        std::uint16_t shards_seen = 0;
        std::vector<store_change> held;
    };

    linked_group& touch_group(std::uint64_t message_id);
    void open_group(std::uint64_t message_id, std::uint16_t other_shards, store_change&& held);
    void close_if_complete(std::uint64_t message_id);
    bool take_from_group(const delivery_key& key);
    bool move_in_group(const delivery_key& key, const change::delivery_saved& to);

    void keep_retained(const std::string& topic, std::uint64_t number, store_change&& what);
    index keep(store_change&& what);
    void cancel(index which);

    // By what came: keep, replace or cancel.
    void take(change::message_saved&& what);
    void take(change::delivery_saved&& what);
    void take(change::delivery_moved&& what);
    void take(change::delivery_received&& what);
    void take(change::delivery_removed&& what);
    void take(change::retained_saved&& what);
    void take(change::retained_removed&& what);
    void take(change::session_saved&& what);
    void take(change::session_removed&& what);
    void take(change::packet_id_taken&& what);
    void take(change::packet_id_freed&& what);
    void take(change::deliveries_linked&& what);
    void take(change::will_saved&& what);
    void take(change::will_removed&& what);
    void take(change::drops_counted&& what);

    template <class Other>
    void take(Other&& what) {
        keep(std::forward<Other>(what));
    }

    std::vector<item> items_;
    std::size_t live_ = 0;
    boost::unordered_flat_map<std::uint64_t, waiting_message> messages_;
    boost::unordered_flat_map<delivery_key, waiting_delivery, pair_hash> deliveries_;
    std::unordered_map<std::string, index> retained_;
    retained_order retained_order_;
    std::unordered_map<std::uint64_t, index> sessions_;
    std::unordered_map<std::uint64_t, index> wills_;
    std::unordered_map<std::pair<std::uint64_t, std::uint64_t>, index, pair_hash> packet_ids_;
    std::unordered_map<std::uint64_t, linked_group> groups_;
    std::map<std::pair<std::uint64_t, std::string>, index> drops_;
    std::vector<std::uint64_t> touched_;
};

}  // namespace lmqtt::persistence
