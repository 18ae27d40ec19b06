// How near the broker is to its memory cap, and what clients then do about it. Measured by the
// server four times a second, read by every shard.
#pragma once

#include <atomic>
#include <cstdint>

namespace lmqtt::client {

enum class memory_stage : std::uint8_t {
    calm,
    slow_publishers,  // whoever publishes is read from four times a second only
    refuse_clients,   // and CONNECT is refused
    refuse_messages,  // and PUBLISH is refused; who holds most output is closed
};

using shared_memory_stage = std::atomic<memory_stage>;

}  // namespace lmqtt::client
