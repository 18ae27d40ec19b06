#include "end_to_end/ledger.hpp"

#include <algorithm>

namespace bench {

arrival ledger::enter(std::uint32_t sequence) {
    if (sequence == next_) {
        ++next_;
        return arrival::expected;
    }
    if (sequence > next_) {
        for (; next_ < sequence; ++next_) {
            missing_.push_back(next_);
        }
        ++next_;
        return arrival::after_gap;
    }
    const auto found = std::find(missing_.begin(), missing_.end(), sequence);
    if (found == missing_.end()) {
        ++duplicated_;
        return arrival::duplicate;
    }
    missing_.erase(found);
    ++reordered_;
    return arrival::late;
}

faults ledger::settle(std::uint32_t published) const {
    return {missing_.size() + (published - next_), duplicated_, reordered_};
}

}  // namespace bench
