// Who gets a message: the 16 bytes that both indexes keep per subscription, and a packed list of
// them that finds one by its session. A value and a plain container; locking is the owner's.
#pragma once

#include <lmqtt/subscription.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lmqtt::topic {

/// One session's subscription to the filter it is filed under; identifier 0 means none was given.
struct subscriber {
    std::uint64_t session = 0;
    subscription_options options = {};
    std::uint32_t subscription_identifier = 0;
};

static_assert(sizeof(subscriber) == 16, "every subscription of the broker pays for this");

/// Subscribers in one piece of memory, each session at most once. Up to `indexed_from` of them are
/// searched in order; above that a table of positions keeps adding and removing O(1).
class subscriber_array {
public:
    static constexpr std::size_t indexed_from = 65;
    static constexpr std::uint32_t nowhere = 0xffff'ffff;

    /// The position of the session's entry, or `nowhere`.
    [[nodiscard]] std::uint32_t find(std::uint64_t session) const;

    /// Appends the entry of a session that is not in the array.
    void push_back(const subscriber& added);

    /// Removes the entry; the last one takes its place.
    void erase(std::uint32_t position);

    /// Exchanges two entries' positions.
    void swap(std::uint32_t left, std::uint32_t right);

    [[nodiscard]] subscriber& operator[](std::uint32_t position) { return entries_[position]; }

    [[nodiscard]] const subscriber& operator[](std::uint32_t position) const {
        return entries_[position];
    }

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }

    [[nodiscard]] std::span<const subscriber> all() const { return entries_; }

private:
    [[nodiscard]] std::size_t home(std::uint64_t session) const;
    [[nodiscard]] std::size_t slot_of(std::uint32_t position) const;
    void index(std::uint32_t position);
    void unindex(std::uint32_t position);
    void rebuild_index(std::size_t slots);

    std::vector<subscriber> entries_;
    std::vector<std::uint32_t> positions_;  // open addressing by session; empty below indexed_from
};

}  // namespace lmqtt::topic
