// Gives each distinct level text in use a number, so that tries compare and store numbers. A name
// lives as long as somebody uses it. Part of an index; locking is the index's.
#pragma once

#include "topic/pointer_table.hpp"
#include "topic/slab.hpp"

#include <cstdint>
#include <string_view>

namespace lmqtt::topic {

class level_names {
public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    explicit level_names(std::uint64_t seed)
        : seed_{seed} {}

    ~level_names();
    level_names(const level_names&) = delete;
    level_names& operator=(const level_names&) = delete;

    /// The number of a level in use, or `none`.
    [[nodiscard]] std::uint32_t find(std::string_view level) const;

    /// The level's number, which stays its own until as many release() calls.
    std::uint32_t acquire(std::string_view level);
    void release(std::uint32_t number);

private:
    struct name;

    [[nodiscard]] std::uint32_t hash(std::string_view level) const;
    [[nodiscard]] name* look_up(std::uint32_t hash, std::string_view level) const;

    std::uint64_t seed_;
    pointer_table<name> by_text_;
    slab<name*> by_number_;
};

}  // namespace lmqtt::topic
