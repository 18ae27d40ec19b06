// A connection and its peer, on the parts of a shard but without its thread: a test decides when
// handlers run and when output is flushed.
#pragma once

#include "net/connection.hpp"
#include "net/flush_list.hpp"
#include "support/fake_clock.hpp"
#include "support/socket_pair.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <optional>
#include <string>

namespace lmqtt::test {

inline constexpr int small_buffer = 4096;
inline constexpr std::size_t large =
    1'000'000;  // more than the kernel takes for a socket that is not read

// What a shard gives its connections, without the thread.
struct shard_parts {
    fake_clock clock;
    net::flush_list dirty;
    boost::asio::io_context context{1};

    bool flush() { return dirty.flush(clock.now().steady); }

    std::size_t run_ready() {
        context.restart();
        return context.poll();
    }
};

struct connected {
    shard_parts shard;
    socket_pair pair;
    std::optional<net::connection> ours;
    peer_socket& theirs = pair.theirs;

    explicit connected(int send_buffer = 0)
        : pair(make_socket_pair(send_buffer)) {
        ours.emplace(shard.context.get_executor(), std::move(pair.ours), shard.dirty);
    }

    void append(const std::string& bytes) {
        ours->output() += bytes;
        ours->mark_dirty();
    }

    // A connection whose kernel is full and which waits for it.
    void block() {
        append(std::string(large, 'x'));
        REQUIRE_FALSE(shard.flush());
        REQUIRE(ours->stalled_since().has_value());
    }

    net::receive_result receive() {
        std::array<char, 100> buffer{};
        return ours->receive(buffer);
    }

    // Whatever it takes until nothing is unsent.
    std::string read_all() {
        std::string all;
        while (ours->unsent_bytes() > 0) {
            all += theirs.read();
            shard.run_ready();
            static_cast<void>(shard.flush());
        }
        return all + theirs.read();
    }
};

}  // namespace lmqtt::test
