// Numbers for the levels of up to eight bytes, most of all there are: the text is its own key in a
// flat table, so finding one costs one cache line and no comparison of strings. Part of
// level_names.
#pragma once

#include "topic/slab.hpp"
#include "topic/text_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lmqtt::topic {

class short_levels {
public:
    static constexpr std::size_t longest = 8;
    static constexpr std::uint32_t none = 0xffff'ffff;

    explicit short_levels(std::uint64_t seed)
        : seed_{seed} {}

    /// The number of a level in use, or `none`.
    [[nodiscard]] std::uint32_t find(std::string_view level) const {
        return slots_.empty() ? none : slots_[slot_of(packed(level))].number;
    }

    /// The level's number, which stays its own until as many release() calls.
    std::uint32_t acquire(std::string_view level);
    void release(std::uint32_t number);

private:
    struct slot {
        std::uint64_t text = 0;
        std::uint32_t number = none;
        std::uint32_t users = 0;
    };

    [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }

    [[nodiscard]] std::size_t home(std::uint64_t text) const {
        return spread(text ^ seed_) & mask();
    }

    // Where the text is, or the vacant slot where it would be.
    [[nodiscard]] std::size_t slot_of(std::uint64_t text) const {
        std::size_t at = home(text);
        while (slots_[at].number != none && slots_[at].text != text) {
            at = (at + 1) & mask();
        }
        return at;
    }

    void vacate(std::size_t hole);
    void resize(std::size_t count);

    std::uint64_t seed_;
    std::vector<slot> slots_;
    slab<std::uint64_t> texts_;  // by number
};

}  // namespace lmqtt::topic
