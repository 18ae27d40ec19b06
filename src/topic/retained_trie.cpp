#include "topic/retained_trie.hpp"

#include "topic/levels.hpp"
#include "topic/text_hash.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::topic {
namespace {

// How many postponed nodes one change looks at: enough to keep up, too few to be felt.
constexpr std::size_t postponed_a_change = 4;

}  // namespace

retained_trie::retained_trie(std::uint64_t seed)
    : levels_{seed}
    , children_{seed}
    , root_{nodes_.emplace()}
    , dollar_root_{nodes_.emplace()} {}

retained_trie::retained_trie()
    : retained_trie{random_seed()} {}

std::uint32_t& retained_trie::place(std::string_view topic) {
    prune_postponed();
    std::uint32_t at = root_of(topic);
    level_reader levels{topic};
    for (std::string_view level; levels.next(level);) {
        const std::uint32_t number = levels_.find(level);
        const std::uint32_t child = number == none ? none : children_.find(at, number);
        at = child == none ? add_child(at, level) : child;
    }
    return nodes_[at].value;
}

std::uint32_t retained_trie::erase(std::string_view topic) {
    prune_postponed();
    const std::uint32_t name = node_of(topic);
    if (name == none || nodes_[name].value == none) {
        return none;
    }
    const std::uint32_t value = std::exchange(nodes_[name].value, none);
    prune(name);
    return value;
}

std::uint32_t retained_trie::find(std::string_view topic) const {
    const std::uint32_t name = node_of(topic);
    return name == none ? none : nodes_[name].value;
}

std::uint32_t retained_trie::root_of(std::string_view text) const {
    return text.starts_with('$') ? dollar_root_ : root_;
}

std::uint32_t retained_trie::node_of(std::string_view topic) const {
    std::uint32_t at = root_of(topic);
    level_reader levels{topic};
    for (std::string_view level; at != none && levels.next(level);) {
        const std::uint32_t number = levels_.find(level);
        at = number == none ? none : children_.find(at, number);
    }
    return at;
}

// New children come first in the list: a walk over it never meets them, so it ends however fast
// they come.
std::uint32_t retained_trie::add_child(std::uint32_t parent, std::string_view level) {
    const std::uint32_t number = levels_.acquire(level);
    const std::uint32_t name = nodes_.emplace();
    node& child = nodes_[name];
    child.parent = parent;
    child.level = number;
    child.next = std::exchange(nodes_[parent].first_child, name);
    if (child.next != none) {
        nodes_[child.next].previous = name;
    }
    children_.insert(parent, number, name);
    return name;
}

// Frees the node and its ancestors as far as they have neither a value nor children.
void retained_trie::prune(std::uint32_t name) {
    while (name != root_ && name != dollar_root_) {
        const node& empty = nodes_[name];
        if (empty.value != none || empty.first_child != none) {
            return;
        }
        // Whoever pinned it is done with it: pairs with the release in retained_cursor::unpin().
        if (empty.pins.load(std::memory_order_acquire) != 0) {
            postpone(name);
            return;
        }
        std::erase(postponed_, name);
        const std::uint32_t parent = empty.parent;
        unlink(name);
        name = parent;
    }
}

void retained_trie::unlink(std::uint32_t name) {
    const node& removed = nodes_[name];
    if (removed.next != none) {
        nodes_[removed.next].previous = removed.previous;
    }
    if (removed.previous != none) {
        nodes_[removed.previous].next = removed.next;
    } else {
        nodes_[removed.parent].first_child = removed.next;
    }
    children_.erase(removed.parent, removed.level);
    levels_.release(removed.level);
    nodes_.erase(name);
}

void retained_trie::postpone(std::uint32_t name) {
    if (std::find(postponed_.begin(), postponed_.end(), name) == postponed_.end()) {
        postponed_.push_back(name);
    }
}

void retained_trie::prune_postponed() {
    for (std::size_t count = 0; count < postponed_a_change && !postponed_.empty(); ++count) {
        postponed_turn_ = (postponed_turn_ + 1) % postponed_.size();
        const std::uint32_t name = postponed_[postponed_turn_];
        postponed_[postponed_turn_] = postponed_.back();
        postponed_.pop_back();
        prune(name);
    }
    if (postponed_.empty() && postponed_.capacity() != 0) {
        std::exchange(postponed_, {});
    }
}

}  // namespace lmqtt::topic
