#include "topic/subscriber.hpp"

#include "topic/text_hash.hpp"

#include <bit>
#include <utility>

namespace lmqtt::topic {

std::uint32_t subscriber_array::find(std::uint64_t session) const {
    if (positions_.empty()) {
        for (std::uint32_t position = 0; position < size(); ++position) {
            if (entries_[position].session == session) {
                return position;
            }
        }
        return nowhere;
    }
    const std::size_t mask = positions_.size() - 1;
    for (std::size_t slot = home(session);; slot = (slot + 1) & mask) {
        const std::uint32_t position = positions_[slot];
        if (position == nowhere || entries_[position].session == session) {
            return position;
        }
    }
}

void subscriber_array::push_back(const subscriber& added) {
    entries_.push_back(added);
    if (positions_.empty() && entries_.size() < indexed_from) {
        return;
    }
    if (entries_.size() * 10 > positions_.size() * 7) {
        rebuild_index(std::bit_ceil(entries_.size() * 2));
    } else {
        index(size() - 1);
    }
}

void subscriber_array::erase(std::uint32_t position) {
    swap(position, size() - 1);
    if (!positions_.empty()) {
        unindex(size() - 1);
    }
    entries_.pop_back();
    // Half of the border, so that one session coming and going does not rebuild the table each
    // time.
    if (entries_.size() < indexed_from / 2) {
        std::exchange(positions_, {});
    } else if (entries_.size() * 8 < positions_.size()) {
        rebuild_index(positions_.size() / 2);
    }
    if (entries_.size() * 4 <= entries_.capacity()) {
        std::vector<subscriber> smaller;
        smaller.reserve(entries_.size() * 2);
        smaller.assign(entries_.begin(), entries_.end());
        entries_.swap(smaller);
    }
}

void subscriber_array::swap(std::uint32_t left, std::uint32_t right) {
    if (left == right) {
        return;
    }
    if (!positions_.empty()) {
        std::swap(positions_[slot_of(left)], positions_[slot_of(right)]);
    }
    std::swap(entries_[left], entries_[right]);
}

std::size_t subscriber_array::home(std::uint64_t session) const {
    return spread(session) & (positions_.size() - 1);
}

std::size_t subscriber_array::slot_of(std::uint32_t position) const {
    std::size_t slot = home(entries_[position].session);
    while (positions_[slot] != position) {
        slot = (slot + 1) & (positions_.size() - 1);
    }
    return slot;
}

void subscriber_array::index(std::uint32_t position) {
    std::size_t slot = home(entries_[position].session);
    while (positions_[slot] != nowhere) {
        slot = (slot + 1) & (positions_.size() - 1);
    }
    positions_[slot] = position;
}

void subscriber_array::unindex(std::uint32_t position) {
    const std::size_t mask = positions_.size() - 1;
    std::size_t hole = slot_of(position);
    // Whoever was pushed past the hole moves back into it, so that no search ends too early.
    for (std::size_t slot = (hole + 1) & mask; positions_[slot] != nowhere;
         slot = (slot + 1) & mask) {
        const std::size_t wanted = home(entries_[positions_[slot]].session);
        if (((slot - wanted) & mask) >= ((slot - hole) & mask)) {
            positions_[hole] = positions_[slot];
            hole = slot;
        }
    }
    positions_[hole] = nowhere;
}

void subscriber_array::rebuild_index(std::size_t slots) {
    positions_ = std::vector<std::uint32_t>(slots, nowhere);
    for (std::uint32_t position = 0; position < size(); ++position) {
        index(position);
    }
}

}  // namespace lmqtt::topic
