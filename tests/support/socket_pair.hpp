// Two ends of a connected UNIX stream socket: one as a listener would hand it out, one for the test
// to play the peer. Both are non-blocking.
#pragma once

#include "net/connection.hpp"
#include "net/file_descriptor.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace lmqtt::test {

/// The end a test holds.
class peer_socket {
public:
    explicit peer_socket(net::file_descriptor socket)
        : socket_(std::move(socket)) {}

    /// All that has arrived, up to `limit`.
    std::string read(std::size_t limit = std::string::npos) {
        std::string all;
        std::array<char, 64 * 1024> part;
        while (all.size() < limit) {
            const std::size_t wanted = std::min(part.size(), limit - all.size());
            const ssize_t size = ::recv(socket_.get(), part.data(), wanted, MSG_DONTWAIT);
            if (size <= 0) {
                at_end_ = size == 0;
                error_ = size < 0 ? errno : 0;
                break;
            }
            all.append(part.data(), static_cast<std::size_t>(size));
        }
        return all;
    }

    /// The last read() ended at FIN.
    [[nodiscard]] bool at_end() const { return at_end_; }

    /// errno of what ended the last read(); EAGAIN: nothing more has arrived yet.
    [[nodiscard]] int error() const { return error_; }

    void write(std::string_view bytes) {
        const ssize_t size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size != static_cast<ssize_t>(bytes.size())) {
            throw std::runtime_error("the peer could not write");
        }
    }

    void finish() { ::shutdown(socket_.get(), SHUT_WR); }

    void close() { socket_.close(); }

    [[nodiscard]] int get() const { return socket_.get(); }

private:
    net::file_descriptor socket_;
    bool at_end_ = false;
    int error_ = 0;
};

struct socket_pair {
    net::connected_socket ours;
    peer_socket theirs;
};

/// A `send_buffer` of some KiB makes the kernel full soon.
inline socket_pair make_socket_pair(int send_buffer = 0) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::runtime_error("no socket pair");
    }
    if (send_buffer > 0) {
        ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    }
    sockaddr native{};
    native.sa_family = AF_UNIX;
    net::connected_socket ours;
    ours.descriptor = net::file_descriptor(ends[0]);
    ours.visiting = net::visit(net::address::from_native(native), 0);
    return {std::move(ours), peer_socket(net::file_descriptor(ends[1]))};
}

}  // namespace lmqtt::test
