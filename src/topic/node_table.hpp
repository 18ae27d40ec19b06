// The edges of a trie in one table: (node, level) -> child, 12 bytes each. A node needs no map of
// its own, however many children it has. Part of an index; locking is the index's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lmqtt::topic {

class node_table {
public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    explicit node_table(std::uint64_t seed)
        : seed_{seed} {}

    /// The child of `node` at `level`, or `none`.
    [[nodiscard]] std::uint32_t find(std::uint32_t node, std::uint32_t level) const {
        if (slots_.empty()) {
            return none;
        }
        for (std::size_t at = home(node, level);; at = (at + 1) & mask()) {
            const edge& here = slots_[at];
            if (here.child == none || (here.node == node && here.level == level)) {
                return here.child;
            }
        }
    }

    /// Adds a child that `node` does not have at `level`.
    void insert(std::uint32_t node, std::uint32_t level, std::uint32_t child);

    /// Removes the child that `node` has at `level`.
    void erase(std::uint32_t node, std::uint32_t level);

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct edge {
        std::uint32_t node = 0;
        std::uint32_t level = 0;
        std::uint32_t child = none;
    };

    [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }

    [[nodiscard]] std::size_t home(std::uint32_t node, std::uint32_t level) const;
    void put(const edge& added);
    void resize(std::size_t count);

    std::uint64_t seed_;
    std::vector<edge> slots_;
    std::size_t size_ = 0;
};

}  // namespace lmqtt::topic
