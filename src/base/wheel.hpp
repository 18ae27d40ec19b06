// A hashed timer wheel: keep-alive, handshake deadlines, will delay and expiry of one shard. It
// owns no entry and no clock; schedule and cancel are O(1) and never allocate. One thread (the
// shard's) uses it, and entries and wheel may be destroyed in either order.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lmqtt::base {

/// What is scheduled: derive from it, or make it a member of a derived type that knows its owner.
/// Destroying an entry cancels it.
class wheel_entry {
public:
    wheel_entry() = default;
    wheel_entry(const wheel_entry&) = delete;
    wheel_entry& operator=(const wheel_entry&) = delete;

    ~wheel_entry() { unlink(); }

    [[nodiscard]] bool scheduled() const noexcept { return next_ != nullptr; }

private:
    friend class wheel;

    void unlink() noexcept;

    wheel_entry* previous_ = nullptr;
    wheel_entry* next_ = nullptr;
    std::uint64_t tick_ = 0;
};

class wheel {
public:
    struct dimensions {
        steady_time::duration tick = std::chrono::milliseconds(100);
        std::size_t slots = 512;  // a power of two
    };

    explicit wheel(steady_time start)
        : wheel(start, dimensions()) {}

    wheel(steady_time start, dimensions size);
    wheel(const wheel&) = delete;
    wheel& operator=(const wheel&) = delete;
    ~wheel();

    /// Schedules the entry, or moves it if it is scheduled. A deadline already past is due with the
    /// next tick.
    void schedule(wheel_entry& entry, steady_time deadline) noexcept;

    void cancel(wheel_entry& entry) noexcept { entry.unlink(); }

    /// Calls `sink(wheel_entry&)` for every entry whose deadline has passed, at most one tick late
    /// and never early. In the sink the entry is no longer scheduled; the sink may schedule, cancel
    /// and destroy entries at will. Entries of different ticks come in the order of their
    /// deadlines, unless `now` has jumped further than a whole turn of the wheel. Returns how many
    /// were due.
    template <typename Sink>
    std::size_t advance(steady_time now, Sink&& sink) {
        std::size_t count = 0;
        while (wheel_entry* entry = take_due(now)) {
            ++count;
            sink(*entry);
        }
        return count;
    }

    /// When advance must be called next for something to be looked at: never later than the
    /// earliest deadline, rounded up to its tick. Nothing if nothing is scheduled.
    [[nodiscard]] std::optional<steady_time> next_wake() const noexcept;

private:
    [[nodiscard]] wheel_entry* take_due(steady_time now) noexcept;
    [[nodiscard]] std::uint64_t ticks_until(steady_time at) const noexcept;
    [[nodiscard]] std::uint64_t tick_at(steady_time now) const noexcept;

    [[nodiscard]] wheel_entry& slot(std::uint64_t tick) noexcept { return slots_[tick & mask_]; }

    static void append(wheel_entry& list, wheel_entry& entry) noexcept;
    static void splice(wheel_entry& to, wheel_entry& from) noexcept;

    steady_time start_;
    std::uint64_t tick_length_;
    std::uint64_t mask_;
    std::uint64_t current_ = 0;       // the last tick whose slot was looked at
    std::vector<wheel_entry> slots_;  // heads of circular lists
    wheel_entry due_;                 // the slot being looked at; outlives a sink that throws
};

}  // namespace lmqtt::base
