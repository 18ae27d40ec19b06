// What one receiver has seen of one publisher: the next sequence number it expects and the ones it
// still misses. A sequence starts at 0 and has no holes, so every fault shows as a number.
#pragma once

#include <cstdint>
#include <vector>

namespace bench {

enum class arrival : std::uint8_t { expected, after_gap, late, duplicate };

struct faults {
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
};

class ledger {
public:
    // Enters an arrival and says what it was; only a duplicate is not a first delivery.
    arrival enter(std::uint32_t sequence);
    // The faults so far, when the publisher has published the numbers below `published`.
    faults settle(std::uint32_t published) const;

private:
    std::uint32_t next_ = 0;
    std::uint64_t duplicated_ = 0;
    std::uint64_t reordered_ = 0;
    std::vector<std::uint32_t> missing_;
};

}  // namespace bench
