#include "topic/retained_walk.hpp"

#include "topic/levels.hpp"

#include <limits>
#include <utility>

namespace lmqtt::topic {

retained_cursor::~retained_cursor() {
    unpin();
}

retained_cursor::retained_cursor(retained_cursor&& other) noexcept
    : pin_{std::exchange(other.pin_, nullptr)}
    , node_{other.node_}
    , depth_{other.depth_}
    , stage_{other.stage_}
    , leaving_{other.leaving_} {
    other.stage_ = stage::fresh;
}

retained_cursor& retained_cursor::operator=(retained_cursor&& other) noexcept {
    if (this != &other) {
        unpin();
        pin_ = std::exchange(other.pin_, nullptr);
        node_ = other.node_;
        depth_ = other.depth_;
        stage_ = std::exchange(other.stage_, stage::fresh);
        leaving_ = other.leaving_;
    }
    return *this;
}

void retained_cursor::unpin() {
    if (pin_ != nullptr) {
        std::exchange(pin_, nullptr)->fetch_sub(1, std::memory_order_release);
    }
}

retained_walk::retained_walk(
    const retained_trie& trie, std::string_view filter, retained_cursor& cursor, std::size_t budget
)
    : trie_{trie}
    , cursor_{cursor}
    , budget_{budget}
    , rest_from_{std::numeric_limits<std::size_t>::max()} {
    read_pattern(filter);
    start(trie.root_of(filter));
}

retained_walk::retained_walk(const retained_trie& trie, retained_cursor& cursor, std::size_t budget)
    : trie_{trie}
    , cursor_{cursor}
    , budget_{budget}
    , rest_from_{0}
    , all_{true} {
    start(trie.root_);
}

bool retained_walk::finished() const {
    return cursor_.stage_ == retained_cursor::stage::finished;
}

// Levels are numbered anew in each chunk: what a level was called may have changed hands in
// between.
void retained_walk::read_pattern(std::string_view filter) {
    level_reader levels{filter};
    for (std::string_view level; levels.next(level);) {
        if (level == "#") {
            rest_from_ = pattern_.size();
            return;
        }
        pattern_.push_back({level, retained_trie::none, false});
    }
}

void retained_walk::start(std::uint32_t root) {
    if (cursor_.stage_ == retained_cursor::stage::fresh) {
        cursor_.node_ = root;
        cursor_.depth_ = 0;
        cursor_.leaving_ = false;
    }
    cursor_.unpin();
}

std::uint32_t retained_walk::next() {
    while (!finished()) {
        if (budget_ == 0) {
            pause();
            return retained_trie::none;
        }
        --budget_;
        if (cursor_.leaving_) {
            leave();
            continue;
        }
        last_ = {cursor_.node_, cursor_.depth_};
        const std::uint32_t value = arrive();
        if (value != retained_trie::none) {
            return value;
        }
    }
    return retained_trie::none;
}

void retained_walk::put_back() {
    cursor_.node_ = last_.node;
    cursor_.depth_ = last_.depth;
    cursor_.leaving_ = false;
    budget_ = 0;
    pause();
}

// Goes on to the first child the filter wants, and returns what is kept here if the filter ends
// here.
std::uint32_t retained_walk::arrive() {
    const retained_trie::node& here = trie_.nodes_[cursor_.node_];
    const std::size_t depth = cursor_.depth_;
    const bool matched = depth >= rest_from_ || depth == pattern_.size();
    const std::uint32_t child = child_of(here);
    if (here.next != retained_trie::none) {
        // Siblings lie anywhere in memory: the next one is on its way while this one's children are
        // seen.
        __builtin_prefetch(&trie_.nodes_[here.next]);
    }
    if (child == retained_trie::none) {
        leave();
    } else {
        cursor_.node_ = child;
        cursor_.leaving_ = false;
        ++cursor_.depth_;
    }
    return matched ? here.value : retained_trie::none;
}

// Goes on to the next sibling the filter wants, or up.
void retained_walk::leave() {
    const retained_trie::node& here = trie_.nodes_[cursor_.node_];
    if (cursor_.depth_ == 0) {
        const bool more = all_ && cursor_.node_ == trie_.root_;
        cursor_.node_ = trie_.dollar_root_;
        cursor_.leaving_ = false;
        cursor_.stage_ = more ? cursor_.stage_ : retained_cursor::stage::finished;
        return;
    }
    if (here.next != retained_trie::none && any_level(cursor_.depth_ - 1)) {
        cursor_.node_ = here.next;
        cursor_.leaving_ = false;
        return;
    }
    cursor_.node_ = here.parent;
    cursor_.leaving_ = true;
    --cursor_.depth_;
}

// Between chunks only the node to go on from is held; its ancestors stay because it does.
void retained_walk::pause() {
    if (cursor_.pin_ == nullptr) {
        cursor_.pin_ = &trie_.nodes_[cursor_.node_].pins;
        cursor_.pin_->fetch_add(1, std::memory_order_relaxed);
    }
    cursor_.stage_ = retained_cursor::stage::paused;
}

std::uint32_t retained_walk::child_of(const retained_trie::node& node) {
    const std::uint32_t depth = cursor_.depth_;
    if (any_level(depth)) {
        return node.first_child;
    }
    if (depth >= pattern_.size() || node.first_child == retained_trie::none) {
        return retained_trie::none;
    }
    pattern& wanted = pattern_[depth];
    if (!wanted.known) {
        wanted.level = trie_.levels_.find(wanted.text);
        wanted.known = true;
    }
    return wanted.level == retained_trie::none ? retained_trie::none
                                               : trie_.children_.find(cursor_.node_, wanted.level);
}

bool retained_walk::any_level(std::uint32_t depth) const {
    return depth >= rest_from_ || (depth < pattern_.size() && pattern_[depth].text == "+");
}

}  // namespace lmqtt::topic
