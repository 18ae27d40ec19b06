// A queue whose places have numbers: what is pushed gets the next position and keeps it, until its
// owner closes gaps.
// Grows by doubling, returns its memory when it becomes empty. Belongs to one session, on its
// shard's thread.
#pragma once

#include "base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace lmqtt::session {

template <class T>
class ring {
public:
    using position = std::uint64_t;

    position begin() const { return begin_; }

    position end() const { return begin_ + size_; }

    std::size_t size() const { return size_; }

    bool empty() const { return size_ == 0; }

    bool holds(position at) const { return at >= begin_ && at < end(); }

    T& operator[](position at) {
        LMQTT_ASSERT(holds(at));
        return slots_[at & mask()];
    }

    const T& operator[](position at) const {
        LMQTT_ASSERT(holds(at));
        return slots_[at & mask()];
    }

    position push(T value) {
        if (size_ == capacity_) {
            grow();
        }
        const position at = begin_ + size_++;
        slots_[at & mask()] = std::move(value);
        return at;
    }

    void pop_front() {
        LMQTT_ASSERT(!empty());
        slots_[begin_ & mask()] = T{};
        ++begin_;
        --size_;
        if (empty()) {
            release();
        }
    }

    // visit(each) for every place, in order.
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (position at = begin_; at != end(); ++at) {
            visit(slots_[at & mask()]);
        }
    }

    // Removes what `gone` says; the rest keeps its order and moves up behind begin().
    template <class Gone>
    void close_gaps(Gone gone) {
        position kept = begin_;
        for (position at = begin_; at != end(); ++at) {
            T& each = slots_[at & mask()];
            if (gone(each)) {
                each = T{};
                continue;
            }
            if (kept != at) {
                slots_[kept & mask()] = std::exchange(each, T{});
            }
            ++kept;
        }
        size_ = static_cast<std::uint32_t>(kept - begin_);
        if (empty()) {
            release();
        }
    }

    // Only for what nothing was taken from yet, so that it lies in a row.
    template <class Less>
    void sort(Less less) {
        LMQTT_ASSERT(begin_ == 0);
        T* const first = slots_.get();
        if (!std::is_sorted(first, first + size_, less)) {
            std::sort(first, first + size_, less);
        }
    }

    std::size_t memory() const { return capacity_ * sizeof(T); }

private:
    void release() {
        slots_.reset();
        capacity_ = 0;
    }

    std::size_t mask() const { return capacity_ - 1; }

    void grow() {
        const std::size_t wider = capacity_ == 0 ? 4 : capacity_ * 2;
        auto slots = std::make_unique<T[]>(wider);
        for (position at = begin_; at != end(); ++at) {
            slots[at & (wider - 1)] = std::move(slots_[at & mask()]);
        }
        slots_ = std::move(slots);
        capacity_ = static_cast<std::uint32_t>(wider);
    }

    std::unique_ptr<T[]> slots_;
    position begin_ = 0;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

}  // namespace lmqtt::session
