// Which changes of several shards are stored together: the deliveries of a message, with the packet
// identifier its publisher gave it or the will it was.
#pragma once

#include <lmqtt/change.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <variant>

namespace lmqtt::test {

class linked_groups {
public:
    void note(const store_change& what) {
        if (const auto* taken = std::get_if<change::packet_id_taken>(&what)) {
            if (taken->other_shards != 0) {
                groups_[taken->message_id].expected = taken->other_shards;
            }
        } else if (const auto* will = std::get_if<change::will_removed>(&what)) {
            if (will->other_shards != 0) {
                groups_[will->message_id].expected = will->other_shards;
            }
        } else if (const auto* linked = std::get_if<change::deliveries_linked>(&what)) {
            ++groups_[linked->message_id].seen;
        }
    }

    // The group a change belongs to; 0: none.
    static std::uint64_t of(const store_change& what) {
        if (const auto* taken = std::get_if<change::packet_id_taken>(&what)) {
            return taken->other_shards != 0 ? taken->message_id : 0;
        }
        if (const auto* will = std::get_if<change::will_removed>(&what)) {
            return will->other_shards != 0 ? will->message_id : 0;
        }
        if (const auto* linked = std::get_if<change::deliveries_linked>(&what)) {
            return linked->message_id;
        }
        const auto* saved = std::get_if<change::delivery_saved>(&what);
        return saved != nullptr && saved->linked ? saved->message_id : 0;
    }

    bool is_complete(std::uint64_t which) const {
        const auto found = groups_.find(which);
        return found == groups_.end() || found->second.expected == found->second.seen;
    }

private:
    struct group {
        std::optional<std::uint16_t> expected;
        std::uint16_t seen = 0;
    };

    std::map<std::uint64_t, group> groups_;
};

}  // namespace lmqtt::test
