// Latencies in logarithmic buckets, 32 to a power of two: percentiles within 3 %, fixed memory.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

class latency {
public:
    void add(std::uint64_t nanoseconds) {
        ++buckets_[bucket_of(nanoseconds)];
        ++count_;
        if (nanoseconds > largest_) {
            largest_ = nanoseconds;
        }
    }

    void clear() { *this = latency{}; }

    // The latency in microseconds that `share` (0..1) of the entries do not exceed.
    double percentile_us(double share) const {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t at = 0; at < buckets_.size(); ++at) {
            seen += buckets_[at];
            if (seen > wanted || (seen == count_ && seen > 0)) {
                return static_cast<double>(value_of(at)) / 1000.0;
            }
        }
        return 0;
    }

    double largest_us() const { return static_cast<double>(largest_) / 1000.0; }

private:
    static constexpr unsigned fine = 5;  // 2^5 buckets to a power of two

    static std::size_t bucket_of(std::uint64_t value) {
        if (value < (1U << fine)) {
            return value;
        }
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - fine;
        return ((std::size_t{shift} + 1) << fine) + ((value >> shift) & ((1U << fine) - 1));
    }

    static std::uint64_t value_of(std::size_t bucket) {
        const auto power = bucket >> fine;
        const auto rest = bucket & ((1U << fine) - 1);
        return power == 0 ? rest : ((std::uint64_t{1} << fine) + rest) << (power - 1);
    }

    std::array<std::uint64_t, (64 - fine + 1) << fine> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t largest_ = 0;
};

}  // namespace bench
