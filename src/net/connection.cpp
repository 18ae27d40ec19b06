#include "net/connection.hpp"

#include "base/assert.hpp"
#include "net/flush_list.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace lmqtt::net {

// Its wait may be over, and the handler queued, when the connection is destroyed: nothing can call
// the handler off then, so it finds the connection through a link that the connection cuts.
struct connection::writable_handler {
    std::shared_ptr<connection*> link;

    void operator()(const boost::system::error_code&) const {
        if (connection* const self = *link) {
            self->became_writable();
        }
    }
};

connection::connection(const executor& where, connected_socket socket, flush_list& list)
    : descriptor_(where)
    , list_(&list)
    , peer_(socket.peer)
    , listener_(socket.listener) {
    descriptor_.assign(socket.descriptor.get());
    static_cast<void>(socket.descriptor.release());
    if (!socket.unsent.empty()) {
        output() = std::move(socket.unsent);
        mark_dirty();
    }
}

connection::~connection() {
    close();
}

receive_result connection::receive(std::span<char> into) noexcept {
    using outcome = receive_result::outcome;
    if (!is_open()) {
        return {outcome::closed, 0, {}};
    }
    ssize_t size = 0;
    do {
        size = ::recv(descriptor_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    } while (size < 0 && errno == EINTR);
    if (size > 0) {
        return {outcome::bytes, static_cast<std::size_t>(size), {}};
    }
    if (size == 0) {
        return {outcome::closed, 0, {}};
    }
    if (errno == EAGAIN) {
        return {outcome::would_block, 0, {}};
    }
    return {outcome::failed, 0, {errno, boost::system::system_category()}};
}

output_buffer& connection::buffer() {
    if (!output_) {
        output_ = list_->take_buffer();
    }
    return *output_;
}

std::string& connection::output() {
    return buffer().queue.bytes();
}

void connection::append_shared(std::string_view data, std::shared_ptr<const void> owner) {
    buffer().queue.append_shared(data, std::move(owner));
}

void connection::mark_dirty() {
    if (place_ == not_listed && !blocked_ && is_open()) {
        list_->add(*this);
    }
}

void connection::flush(base::steady_time now) {
    if (output_ && !failed_) {
        send_pending(now);
    }
    if (blocked_) {
        return;
    }
    drained_notice notice = output_ ? output_->drained : nullptr;
    void* const context = output_ ? output_->drained_context : nullptr;
    drop_output();
    if (finishing_ && !failed_) {
        ::shutdown(descriptor_.native_handle(), SHUT_WR);
    }
    // Last, because its answer may be more output.
    if (notice != nullptr) {
        notice(context);
    }
}

void connection::send_pending(base::steady_time now) {
    const outgoing::progress done = output_->queue.send_to(descriptor_.native_handle());
    list_->bytes_sent_ += done.sent;
    if (done.error == EAGAIN) {
        if (done.sent > 0 || !output_->stalled_since) {
            output_->stalled_since = now;
        }
        wait_until_writable();
    } else if (done.error != 0) {
        failed_ = true;
        // So that readable() comes back, whatever the error was.
        ::shutdown(descriptor_.native_handle(), SHUT_RDWR);
    }
}

void connection::wait_until_writable() {
    if (!output_->link) {
        output_->link = std::make_shared<connection*>(this);
    }
    blocked_ = true;
    descriptor_.async_wait(descriptor_type::wait_write, writable_handler{output_->link});
}

void connection::became_writable() {
    blocked_ = false;
    mark_dirty();
}

void connection::drop_output() noexcept {
    if (!output_) {
        return;
    }
    if (output_->link) {
        *output_->link = nullptr;
        output_->link.reset();
    }
    output_->stalled_since.reset();
    output_->drained = nullptr;
    list_->give_back(std::move(output_));
}

void connection::shutdown_after_flush() {
    finishing_ = true;
    mark_dirty();
}

void connection::close() noexcept {
    list_->remove(*this);
    drop_output();
    blocked_ = false;
    boost::system::error_code ignored;  // the descriptor is closed whatever close() says
    descriptor_.close(ignored);
}

void connection::reset() noexcept {
    if (is_open()) {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(descriptor_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    close();
}

connected_socket connection::release() {
    connected_socket socket{.descriptor = {}, .peer = peer_, .listener = listener_, .unsent = {}};
    if (output_) {
        socket.unsent = output_->queue.take_unsent();
    }
    list_->remove(*this);
    drop_output();
    blocked_ = false;
    socket.descriptor = file_descriptor(descriptor_.release());
    return socket;
}

address connection::local() noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* const native = reinterpret_cast<sockaddr*>(&storage);
    if (::getsockname(descriptor_.native_handle(), native, &size) != 0) {
        return {};
    }
    return address::from_native(*native);
}

}  // namespace lmqtt::net
