#include "base/wheel.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <bit>

namespace lmqtt::base {

void wheel_entry::unlink() noexcept {
    if (next_ == nullptr) {
        return;
    }
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = nullptr;
    next_ = nullptr;
}

wheel::wheel(steady_time start, dimensions size)
    : start_(start)
    , tick_length_(static_cast<std::uint64_t>(size.tick.count()))
    , mask_(size.slots - 1)
    , slots_(size.slots) {
    LMQTT_ASSERT(size.tick.count() > 0);
    LMQTT_ASSERT(std::has_single_bit(size.slots));
    for (wheel_entry& head : slots_) {
        head.previous_ = head.next_ = &head;
    }
    due_.previous_ = due_.next_ = &due_;
}

wheel::~wheel() {
    for (wheel_entry& head : slots_) {
        splice(due_, head);
    }
    while (due_.next_ != &due_) {
        due_.next_->unlink();
    }
}

void wheel::schedule(wheel_entry& entry, steady_time deadline) noexcept {
    entry.unlink();
    // The slot of the current tick has been looked at already: what is due now waits for the next
    // one.
    entry.tick_ = std::max(ticks_until(deadline), current_ + 1);
    append(slot(entry.tick_), entry);
}

std::optional<steady_time> wheel::next_wake() const noexcept {
    const auto at = [this](std::uint64_t tick) {
        return start_ + steady_time::duration(static_cast<steady_time::rep>(tick * tick_length_));
    };
    if (due_.next_ != &due_) {
        return at(current_);
    }
    for (std::uint64_t tick = current_ + 1; tick <= current_ + slots_.size(); ++tick) {
        const wheel_entry& head = slots_[tick & mask_];
        if (head.next_ != &head) {
            return at(tick);
        }
    }
    return std::nullopt;
}

wheel_entry* wheel::take_due(steady_time now) noexcept {
    const std::uint64_t target = tick_at(now);
    for (;;) {
        while (due_.next_ != &due_) {
            wheel_entry& entry = *due_.next_;
            entry.unlink();
            if (entry.tick_ <= current_) {
                return &entry;
            }
            append(slot(entry.tick_), entry);  // a later turn of the wheel
        }
        if (current_ >= target) {
            return nullptr;
        }
        // After a long sleep every slot is looked at once, not once per turn missed.
        current_ = std::max(current_, target - std::min<std::uint64_t>(target, slots_.size()));
        ++current_;
        splice(due_, slot(current_));
    }
}

// Rounded up, so that nothing is early. Unsigned, as the distance of two time points can exceed a
// duration.
std::uint64_t wheel::ticks_until(steady_time at) const noexcept {
    if (at <= start_) {
        return 0;
    }
    const auto distance = static_cast<std::uint64_t>(at.time_since_epoch().count()) -
                          static_cast<std::uint64_t>(start_.time_since_epoch().count());
    return distance / tick_length_ + (distance % tick_length_ == 0 ? 0 : 1);
}

std::uint64_t wheel::tick_at(steady_time now) const noexcept {
    if (now <= start_) {
        return 0;
    }
    const auto distance = static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                          static_cast<std::uint64_t>(start_.time_since_epoch().count());
    return distance / tick_length_;
}

void wheel::append(wheel_entry& list, wheel_entry& entry) noexcept {
    entry.previous_ = list.previous_;
    entry.next_ = &list;
    list.previous_->next_ = &entry;
    list.previous_ = &entry;
}

void wheel::splice(wheel_entry& to, wheel_entry& from) noexcept {
    if (from.next_ == &from) {
        return;
    }
    from.next_->previous_ = to.previous_;
    from.previous_->next_ = &to;
    to.previous_->next_ = from.next_;
    to.previous_ = from.previous_;
    from.previous_ = from.next_ = &from;
}

}  // namespace lmqtt::base
