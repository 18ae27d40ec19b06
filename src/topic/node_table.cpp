#include "topic/node_table.hpp"

#include "topic/text_hash.hpp"

#include <utility>

namespace lmqtt::topic {

std::size_t node_table::home(std::uint32_t node, std::uint32_t level) const {
    return spread((std::uint64_t{node} << 32 | level) ^ seed_) & mask();
}

void node_table::insert(std::uint32_t node, std::uint32_t level, std::uint32_t child) {
    if ((size_ + 1) * 10 > slots_.size() * 7) {
        resize(slots_.empty() ? 8 : slots_.size() * 2);
    }
    put({node, level, child});
    ++size_;
}

void node_table::erase(std::uint32_t node, std::uint32_t level) {
    std::size_t hole = home(node, level);
    while (slots_[hole].node != node || slots_[hole].level != level) {
        hole = (hole + 1) & mask();
    }
    // Whoever was pushed past the hole moves back into it, so that no search ends too early.
    for (std::size_t at = (hole + 1) & mask(); slots_[at].child != none; at = (at + 1) & mask()) {
        const std::size_t wanted = home(slots_[at].node, slots_[at].level);
        if (((at - wanted) & mask()) >= ((at - hole) & mask())) {
            slots_[hole] = slots_[at];
            hole = at;
        }
    }
    slots_[hole] = {};
    --size_;
    if (size_ == 0) {
        std::exchange(slots_, {});
    } else if (slots_.size() > 8 && size_ * 6 < slots_.size()) {
        resize(slots_.size() / 2);
    }
}

void node_table::put(const edge& added) {
    std::size_t at = home(added.node, added.level);
    while (slots_[at].child != none) {
        at = (at + 1) & mask();
    }
    slots_[at] = added;
}

void node_table::resize(std::size_t count) {
    std::vector<edge> old(count);
    old.swap(slots_);
    for (const edge& each : old) {
        if (each.child != none) {
            put(each);
        }
    }
}

}  // namespace lmqtt::topic
