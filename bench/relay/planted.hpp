// Faults the relay plants on request, one in every n, so that the generator can be shown to find
// exactly as many. Counts what it planted.
#pragma once

#include <cstdint>

namespace bench {

enum class fault : std::uint8_t { none, drop, duplicate, reorder, corrupt, drop_ack };

struct planted {
    fault what = fault::none;
    std::uint64_t every = 1000;
    std::uint64_t seen = 0;
    std::uint64_t count = 0;

    // True when the next occasion for a fault of this kind is to be used.
    bool strikes(fault kind) {
        if (what != kind || ++seen < every) {
            return false;
        }
        return true;
    }

    void done() {
        seen = 0;
        ++count;
    }
};

}  // namespace bench
