// Numbers for the levels of more than eight bytes, each an entry of its own. Part of level_names.
#pragma once

#include "topic/pointer_table.hpp"
#include "topic/slab.hpp"

#include <cstdint>
#include <string_view>

namespace lmqtt::topic {

class long_levels {
public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    explicit long_levels(std::uint64_t seed)
        : seed_{seed} {}

    ~long_levels();
    long_levels(const long_levels&) = delete;
    long_levels& operator=(const long_levels&) = delete;

    /// The number of a level in use, or `none`.
    [[nodiscard]] std::uint32_t find(std::string_view level) const;

    /// The level's number, which stays its own until as many release() calls.
    std::uint32_t acquire(std::string_view level);
    void release(std::uint32_t number);

private:
    struct entry;

    [[nodiscard]] std::uint32_t hash(std::string_view level) const;
    [[nodiscard]] entry* look_up(std::uint32_t hash, std::string_view level) const;

    std::uint64_t seed_;
    pointer_table<entry> by_text_;
    slab<entry*> by_number_;
};

}  // namespace lmqtt::topic
