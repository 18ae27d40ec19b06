// The connections of one shard that have got something to send in this turn, each once, and the
// shard's spare output buffers. The shard owns it and flushes it as the last thing of every turn;
// it must outlive the connections. Only the shard's thread touches it.
#pragma once

#include "base/clock.hpp"
#include "net/outgoing.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt::net {

class connection;

using drained_notice = void (*)(void*) noexcept;

/// The output of one connection, from its first byte until the kernel has taken the last.
struct output_buffer {
    outgoing queue;
    outgoing wire;  // what a filter has made of the queue; without a filter nothing
    std::optional<base::steady_time> stalled_since;  // last progress, while the kernel is full
    std::shared_ptr<connection*> link;               // from the handler that waits for the kernel
    drained_notice drained = nullptr;
    void* drained_context = nullptr;
};

class flush_list {
public:
    flush_list() = default;
    flush_list(const flush_list&) = delete;
    flush_list& operator=(const flush_list&) = delete;

    [[nodiscard]] bool empty() const noexcept { return dirty_.empty(); }

    /// Writes once for every dirty connection, and once more for those that a drained notice made
    /// dirty meanwhile. True if there is still one left: the shard must not sleep then.
    [[nodiscard]] bool flush(base::steady_time now);

    /// Bytes the kernel has taken since the start.
    [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

    /// Buffers at rest, for tests and metrics.
    [[nodiscard]] std::size_t spare_buffers() const noexcept { return spare_.size(); }

private:
    friend class connection;

    void add(connection& dirty);
    void remove(connection& gone) noexcept;
    [[nodiscard]] std::unique_ptr<output_buffer> take_buffer();
    void give_back(std::unique_ptr<output_buffer> buffer) noexcept;

    std::string answer_;              // of a filter, while it is being made
    std::vector<connection*> dirty_;  // a connection knows its place; null: it has gone
    std::vector<std::unique_ptr<output_buffer>> spare_;
    std::size_t spare_bytes_ = 0;
    std::uint64_t bytes_sent_ = 0;
};

}  // namespace lmqtt::net
