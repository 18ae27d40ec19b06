// Rules found by topic, however many there are: a tree of levels, in which a level with %u or %c in
// it is compared with the names of whoever asks. So one tree serves all clients its rules are
// about. Immutable, any thread.
#pragma once

#include "access/placeholders.hpp"
#include "topic/inline_vector.hpp"

#include <lmqtt/access_rule.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::access {

/// A checked rule and its place among all the rules, of which the first that fits counts.
struct ranked_rule {
    std::uint32_t rank;
    const access_rule* rule;
};

class rule_tree {
public:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    rule_tree() = default;

    /// `rules` in rising order of their ranks. Keeps nothing of them but the ranks.
    explicit rule_tree(std::span<const ranked_rule> rules);

    /// The lowest rank of a rule for this action that matches a topic name or covers a topic
    /// filter, which is without share name and looked at with_a_level_below(); or `none`. An empty
    /// user name or client identifier fits nowhere. Iterative; allocates only when more than 32
    /// places of the tree fit at once.
    [[nodiscard]] std::uint32_t
    first(std::string_view topic, access_action action, const substitutes& names) const;

    /// Whether a rule lets everything be received that does not begin with '$'.
    [[nodiscard]] bool lets_receive_all() const { return lets_receive_all_; }

    /// Whether a rule keeps anything from being received by who has, or has no, user name.
    [[nodiscard]] bool denies_receiving(bool has_user_name) const {
        return denies_receiving_ || (has_user_name && denies_receiving_to_users_);
    }

private:
    using frontier = topic::inline_vector<std::uint32_t, 32>;

    // Lists are by rising rank.
    struct node {
        std::uint32_t plus = none;       // the child at '+'
        std::uint32_t named = none;      // the first of the children with a placeholder
        std::uint32_t exactly = none;    // the first entry of a filter that ends here
        std::uint32_t and_below = none;  // of one that ends in '#' after this node
        std::uint32_t literals = 0;      // how many other children there are
    };

    // To a child at a literal level: one table for all nodes. Nothing leads to the root, 0.
    struct edge {
        std::uint32_t parent = 0;
        std::uint32_t child = 0;
        std::uint32_t text = 0;  // where it begins in texts_
        std::uint32_t size = 0;
    };

    struct named_child {
        level_parts level;
        std::uint32_t child;
        std::uint32_t next;
    };

    struct entry {
        std::uint32_t rank;
        std::uint32_t next;
        access_actions actions;
        bool opens_no_sys;  // a name at its beginning does not, whoever is called "$SYS"
    };

    struct question {
        access_action action;
        bool about_sys;
    };

    void add(const ranked_rule& added);
    void note_reach(const access_rule& rule, access_actions actions);
    std::uint32_t child_to_be(std::uint32_t parent, std::string_view level);
    std::uint32_t named_child_to_be(std::uint32_t parent, level_parts level);
    std::uint32_t new_node();
    [[nodiscard]] std::string_view text_of(const edge& each) const;
    [[nodiscard]] std::size_t place_of(std::uint32_t parent, std::string_view level) const;
    void make_room();

    [[nodiscard]] std::uint32_t first_in(std::uint32_t list, question asked) const;
    void step(std::uint32_t at, std::string_view level, const substitutes&, frontier& to) const;

    std::vector<node> nodes_;
    std::vector<edge> edges_;  // open addressing, a power of two
    std::vector<named_child> named_;
    std::vector<entry> entries_;
    std::string texts_;
    std::uint32_t literals_ = 0;
    bool lets_receive_all_ = false;
    bool denies_receiving_ = false;
    bool denies_receiving_to_users_ = false;
};

}  // namespace lmqtt::access
