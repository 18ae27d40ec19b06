// Gives each distinct level text in use a number, so that tries compare and store numbers. A name
// lives as long as somebody uses it. Part of an index; locking is the index's.
#pragma once

#include "topic/long_levels.hpp"
#include "topic/short_levels.hpp"

#include <cstdint>
#include <string_view>

namespace lmqtt::topic {

class level_names {
public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    explicit level_names(std::uint64_t seed)
        : shorts_{seed}
        , longs_{seed} {}

    /// The number of a level in use, or `none`.
    [[nodiscard]] std::uint32_t find(std::string_view level) const {
        return level.size() <= short_levels::longest ? even(shorts_.find(level))
                                                     : odd(longs_.find(level));
    }

    /// The level's number, which stays its own until as many release() calls.
    std::uint32_t acquire(std::string_view level) {
        return level.size() <= short_levels::longest ? even(shorts_.acquire(level))
                                                     : odd(longs_.acquire(level));
    }

    void release(std::uint32_t number) {
        number % 2 == 0 ? shorts_.release(number / 2) : longs_.release(number / 2);
    }

private:
    // Short and long levels count for themselves; together they share out even and odd numbers.
    static std::uint32_t even(std::uint32_t number) { return number == none ? none : number * 2; }

    static std::uint32_t odd(std::uint32_t number) {
        return number == none ? none : number * 2 + 1;
    }

    short_levels shorts_;
    long_levels longs_;
};

}  // namespace lmqtt::topic
