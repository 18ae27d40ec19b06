// The subscriptions with wildcards, as a trie of interned levels. A node is 16 bytes; '+' and '#'
// are links in it, other children are edges of one common table. Part of the subscription index;
// same locking.
#pragma once

#include "topic/inline_vector.hpp"
#include "topic/level_names.hpp"
#include "topic/node_table.hpp"
#include "topic/slab.hpp"
#include "topic/subscriber_list.hpp"

#include <cstdint>
#include <string_view>

namespace lmqtt::topic {

class wildcard_trie {
public:
    explicit wildcard_trie(std::uint64_t seed);

    /// The filter's list, made when there is none. Whoever leaves a list empty calls trim().
    subscriber_list& at(std::string_view filter);

    /// The filter's list, or null.
    [[nodiscard]] subscriber_list* find(std::string_view filter);

    /// Forgets the filter if its list is empty.
    void trim(std::string_view filter);

    /// Appends the lists of all filters that the topic name matches.
    void match(std::string_view topic, matched_lists& found) const;

private:
    static constexpr std::uint32_t none = node_table::none;

    struct node {
        std::uint32_t plus = none;       // the child node at '+'
        std::uint32_t literals = 0;      // how many other children it has
        std::uint32_t exactly = none;    // the list of the filter that ends here
        std::uint32_t and_below = none;  // the list of the filter that ends in '#' after this node
    };

    // How a walk came to a node: to go back up without a link in every node.
    struct step {
        std::uint32_t node;
        std::uint32_t level;  // `none` for '+'
    };

    using path = inline_vector<step, 32>;
    using frontier = inline_vector<std::uint32_t, 32>;

    std::uint32_t* walk(std::string_view filter, path& steps);
    std::uint32_t child_to_be(std::uint32_t parent, std::string_view level);
    void drop_empty_nodes(path& steps);
    void match_level(std::string_view level, bool wild, const frontier& from, frontier& to) const;
    void report(std::uint32_t list, matched_lists& found) const;

    level_names levels_;
    node_table children_;
    slab<node, 1024> nodes_;
    slab<subscriber_list> lists_;
    std::uint32_t root_;
};

}  // namespace lmqtt::topic
