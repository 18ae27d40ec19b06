// One number that is counted, and the list of all of them. Written by one shard's thread, read by
// any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lmqtt::broker {

enum class metric_kind : std::uint8_t { counter, gauge };

class metric_registry;

class metric {
public:
    metric(
        metric_registry& registry, metric_kind kind, std::string_view name, std::string_view help
    );
    metric(const metric&) = delete;
    metric& operator=(const metric&) = delete;

    // A plain load and store: one writer needs no locked instruction.
    void add(std::int64_t amount = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }

    void subtract(std::int64_t amount = 1) { add(-amount); }

    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }

    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

struct metric_row {
    std::string_view name;
    std::string_view help;
    metric_kind kind;
    const metric* where;
};

class metric_registry {
public:
    const std::vector<metric_row>& rows() const { return rows_; }

private:
    friend class metric;
    std::vector<metric_row> rows_;
};

}  // namespace lmqtt::broker
