// One address on which connections are accepted: TCP or a UNIX socket. It knows no protocol and
// hands out descriptors. It belongs to one shard. Destroy it only when the tasks that start() put
// into the group have ended, which close() makes them do.
#pragma once

#include "base/log.hpp"
#include "net/admission.hpp"
#include "net/connection.hpp"
#include "net/task_group.hpp"

#include <lmqtt/task.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lmqtt::net {

struct listener_options {
    std::string address;             // as listen_address.hpp reads it; port 0: a free one
    std::uint32_t unix_mode = 0660;  // of the socket's file
    std::uint16_t index = 0;         // what its connections will carry
    int backlog = 1024;
};

/// Both are called on the listener's shard.
struct listener_calls {
    /// Empty: everybody is admitted. Whoever is not is reset.
    std::function<admission_verdict(visit& who)> admit;
    /// What it throws is logged and closes that socket only.
    std::function<void(connected_socket socket)> accepted;
};

class listener {
public:
    /// How long it rests when the process has run out of descriptors.
    static constexpr std::chrono::milliseconds rest{250};

    /// Binds and listens, or takes the socket that the service manager has bound there. Throws
    /// std::system_error (std::runtime_error if the host is unknown) whose what() is one line that
    /// names the address, std::invalid_argument if it is no address.
    listener(const executor& where, listener_options options, listener_calls calls);
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    ~listener();

    /// Begins to accept.
    void start(task_group& group, base::logger log);

    /// Stops listening; what has been accepted lives on. A UNIX socket's file is removed.
    void close() noexcept;

    /// The port that was bound; 0 for a UNIX socket.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// As configured, with the port that was bound.
    [[nodiscard]] std::string address_text() const;

    /// Connections that were closed at once because the process had no descriptor left.
    [[nodiscard]] std::uint64_t shed() const noexcept { return shed_; }

private:
    struct acceptor;

    enum class next_step : std::uint8_t { wait, rest, stop };

    [[nodiscard]] task<> accept_loop(acceptor& from, base::logger log);
    [[nodiscard]] next_step accept_some(acceptor& from, base::logger log);
    [[nodiscard]] next_step after_error(int error, base::logger log) const;
    void hand_out(connected_socket socket, base::logger log);
    void shed_some(acceptor& from) noexcept;

    listener_options options_;
    listener_calls calls_;
    std::vector<std::unique_ptr<acceptor>> acceptors_;
    file_descriptor reserve_;  // given up to be able to accept, and close, when none is left
    std::string unix_path_;
    std::uint64_t unix_inode_ = 0;
    std::uint64_t shed_ = 0;
    std::uint16_t port_ = 0;
};

}  // namespace lmqtt::net
