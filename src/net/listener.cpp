#include "net/listener.hpp"

#include "net/inherited_sockets.hpp"
#include "net/listen_socket.hpp"

#include <lmqtt/listen_address.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace lmqtt::net {

namespace {

// Then others on the shard get their turn.
constexpr int accepted_per_turn = 64;

using descriptor_type = boost::asio::posix::basic_stream_descriptor<executor>;
using timer_type = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>,
    executor>;

file_descriptor open_reserve() noexcept {
    return file_descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// The errno of a failed accept is in `error`; the index is the listener's.
connected_socket accept_from(int listening, std::uint16_t index, int& error) noexcept {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    auto* const native = reinterpret_cast<sockaddr*>(&peer);
    connected_socket socket;
    socket.descriptor =
        file_descriptor(::accept4(listening, native, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    error = socket.descriptor.is_open() ? 0 : errno;
    if (error == 0) {
        socket.visiting = visit(address::from_native(*native), index);
    }
    return socket;
}

void reset(const connected_socket& socket) noexcept {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket.descriptor.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool is_out_of_resources(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// The peer's or the network's misfortune, accept(2): the next one may be fine.
bool is_about_one_connection(int error) noexcept {
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

}  // namespace

struct listener::acceptor {
    acceptor(const executor& where, file_descriptor socket)
        : descriptor(where)
        , resting(where) {
        descriptor.assign(socket.get());
        static_cast<void>(socket.release());
    }

    descriptor_type descriptor;
    timer_type resting;
};

listener::listener(const executor& where, listener_options options, listener_calls calls)
    : options_(std::move(options))
    , calls_(std::move(calls))
    , reserve_(open_reserve()) {
    const std::optional<listen_address> address = parse_listen_address(options_.address);
    if (!address) {
        throw std::invalid_argument("cannot listen on " + options_.address + ": not an address");
    }
    const listen_request request{
        .text = options_.address,
        .where = *address,
        .unix_mode = options_.unix_mode,
        .backlog = options_.backlog};
    std::vector<file_descriptor> sockets = inherited_sockets(*address);
    if (!sockets.empty()) {
        port_ = address->port;
    } else if (address->is_unix()) {
        sockets.push_back(listen_unix(request));
        unix_path_ = address->path;
        unix_inode_ = socket_file_inode(unix_path_);
    } else {
        sockets = listen_tcp(request);
        port_ = bound_port(sockets.front());
    }
    for (file_descriptor& socket : sockets) {
        acceptors_.push_back(std::make_unique<acceptor>(where, std::move(socket)));
    }
}

listener::~listener() {
    close();
}

void listener::start(task_group& group, base::logger log) {
    for (const auto& from : acceptors_) {
        group.spawn("accept", accept_loop(*from, log));
    }
}

void listener::close() noexcept {
    for (const auto& from : acceptors_) {
        boost::system::error_code ignored;
        from->descriptor.close(ignored);
        from->resting.cancel();
    }
    remove_socket_file(unix_path_, std::exchange(unix_inode_, 0));
}

std::string listener::address_text() const {
    const std::optional<listen_address> address = parse_listen_address(options_.address);
    if (address->is_unix()) {
        return options_.address;
    }
    return options_.address.substr(0, options_.address.rfind(':') + 1) + std::to_string(port_);
}

// The group ends before the listener does; see the head of listener.hpp.
task<> listener::accept_loop(acceptor& from, base::logger log) {
    next_step next = next_step::wait;
    while (next != next_step::stop && from.descriptor.is_open()) {
        if (next == next_step::rest) {
            from.resting.expires_after(rest);
            co_await from.resting.async_wait(use_task);
        } else {
            const auto [error] =
                co_await from.descriptor.async_wait(descriptor_type::wait_read, use_task);
            if (error) {
                break;
            }
        }
        next = accept_some(from, log);
    }
}

listener::next_step listener::accept_some(acceptor& from, base::logger log) {
    for (int i = 0; i < accepted_per_turn && from.descriptor.is_open(); ++i) {
        int error = 0;
        connected_socket socket =
            accept_from(from.descriptor.native_handle(), options_.index, error);
        if (is_out_of_resources(error)) {
            shed_some(from);
        }
        if (error == 0) {
            hand_out(std::move(socket), log);
        } else if (!is_about_one_connection(error)) {
            return after_error(error, log);
        }
    }
    return next_step::wait;
}

listener::next_step listener::after_error(int error, base::logger log) const {
    if (error == EAGAIN) {
        return next_step::wait;
    }
    const std::string why = std::generic_category().message(error);
    if (is_out_of_resources(error)) {
        log.warn("cannot accept for now", {{"listener", options_.address}, {"why", why}});
        return next_step::rest;
    }
    log.error("listener has failed", {{"listener", options_.address}, {"why", why}});
    return next_step::stop;
}

void listener::hand_out(connected_socket socket, base::logger log) {
    const address peer = socket.visiting.peer();
    try {
        const auto verdict =
            calls_.admit ? calls_.admit(socket.visiting) : admission_verdict::admitted;
        if (verdict == admission_verdict::admitted) {
            calls_.accepted(std::move(socket));
            return;
        }
        reset(socket);
        log.warn(
            "connection refused",
            {{"listener", options_.address}, {"peer", peer.text()}, {"why", text_of(verdict)}}
        );
    } catch (const std::exception& failure) {
        // One connection that cannot be set up must not be the last one that is accepted.
        log.error(
            "connection dropped",
            {{"listener", options_.address}, {"peer", peer.text()}, {"why", failure.what()}}
        );
    }
}

// So that those who wait learn about it now, and not when their own patience ends.
void listener::shed_some(acceptor& from) noexcept {
    for (int i = 0; i < accepted_per_turn; ++i) {
        reserve_.close();
        int error = 0;
        const bool shed = accept_from(from.descriptor.native_handle(), options_.index, error)
                              .descriptor.is_open();
        reserve_ = open_reserve();
        if (!shed) {
            return;
        }
        ++shed_;
    }
}

}  // namespace lmqtt::net
