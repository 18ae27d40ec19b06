// The part of the retained index that does not depend on what is kept: topics to numbered places.
// Same locking as retained_index. A node that a stopped walk has pinned stays linked, without a
// value, when its topic is erased, and is freed by a later change.
#pragma once

#include "topic/level_names.hpp"
#include "topic/node_table.hpp"
#include "topic/slab.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lmqtt::topic {

class retained_trie {
public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    explicit retained_trie(std::uint64_t seed);
    retained_trie();
    retained_trie(const retained_trie&) = delete;
    retained_trie& operator=(const retained_trie&) = delete;

    /// The place of a valid topic name, to be set when it is `none`. Valid until the next change.
    std::uint32_t& place(std::string_view topic);

    /// Removes the topic and returns its place, or `none`.
    std::uint32_t erase(std::string_view topic);

    /// The topic's place, or `none`.
    [[nodiscard]] std::uint32_t find(std::string_view topic) const;

private:
    friend class retained_walk;

    struct node {
        std::uint32_t parent = none;
        std::uint32_t level = none;
        std::uint32_t first_child = none;
        std::uint32_t next = none;
        std::uint32_t previous = none;
        std::uint32_t value = none;
        mutable std::atomic<std::uint32_t> pins = 0;
    };

    [[nodiscard]] std::uint32_t root_of(std::string_view text) const;
    [[nodiscard]] std::uint32_t node_of(std::string_view topic) const;
    std::uint32_t add_child(std::uint32_t parent, std::string_view level);
    void prune(std::uint32_t name);
    void unlink(std::uint32_t name);
    void postpone(std::uint32_t name);
    void prune_postponed();

    level_names levels_;
    node_table children_;
    slab<node> nodes_;
    std::uint32_t root_;
    std::uint32_t
        dollar_root_;  // topics starting with '$' are out of reach of wildcards [MQTT-4.7.2-1]
    std::vector<std::uint32_t> postponed_;  // nodes to free as soon as no cursor pins them
    std::size_t postponed_turn_ = 0;
};

}  // namespace lmqtt::topic
