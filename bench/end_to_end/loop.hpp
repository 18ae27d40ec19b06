// One thread's sockets over one level-triggered epoll: links are opened, read whole frames at a
// time, and what was appended during a turn leaves in one send per link at its end.
// Single-threaded; a link stays at its address and may be opened again after it was closed.
#pragma once

#include "wire/wire.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <vector>

namespace bench {

struct link {
    int descriptor = -1;
    std::uint32_t number = 0;
    bool connecting = false;
    bool dirty = false;
    bool blocked = false;  // the kernel's buffer is full: EPOLLOUT is armed
    bool closes_when_sent = false;
    std::size_t sent = 0;
    std::string output;
    std::string partial;
};

class loop {
public:
    struct listeners {
        std::function<void(link&)> opened;
        std::function<void(link&, const frame&)> arrived;
        std::function<void(link&)> closed;    // by the peer or by an error, not by close()
        std::function<void(link&)> finished;  // everything sent and closed, after finish()
    };

    explicit loop(const sockaddr_in& broker);
    ~loop();
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    listeners on;

    link& add();
    // Starts connecting from `source` (host order; 0: the kernel chooses).
    void open(link& to, std::uint32_t source = 0);
    void close(link& which);
    // Where to append what `to` shall send; it leaves at the end of this turn.
    std::string& output(link& to);
    // Sends what is owed and closes in order.
    void finish(link& which);
    void turn(std::chrono::nanoseconds longest_wait);

    // The time at which the bytes now being handled were read.
    std::uint64_t now_ns() const { return now_ns_; }

private:
    void connected(link& which);
    void readable(link& from);
    void consume(link& from, std::string_view bytes);
    void flush(link& to);
    void flush_dirty();
    void watch(link& which, int operation, std::uint32_t events) const;
    void lose(link& which);

    int epoll_ = -1;
    sockaddr_in broker_{};
    std::uint64_t now_ns_ = 0;
    std::deque<link> links_;
    std::vector<link*> dirty_;
    std::string input_;
};

}  // namespace bench
