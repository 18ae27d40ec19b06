#include "net/connection.hpp"

#include "base/assert.hpp"
#include "net/flush_list.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace lmqtt::net {

namespace {

constexpr std::size_t encoded_at_once = 64 * 1024;

}  // namespace

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
    , filter_(std::move(socket.filtering))
    , visit_(std::move(socket.visiting)) {
    descriptor_.assign(socket.descriptor.get());
    static_cast<void>(socket.descriptor.release());
    if (!socket.unsent.empty()) {
        (filter_ ? buffer().wire : buffer().queue).bytes() = std::move(socket.unsent);
        mark_dirty();
    }
}

connection::~connection() {
    close();
}

receive_result connection::receive(std::span<char> into) {
    if (!filter_) {
        return receive_raw(into);
    }
    LMQTT_ASSERT(into.size() > filter::held_back);
    const std::size_t raw_size = (into.size() - filter::held_back) / 2;
    const std::span<char> raw = into.last(raw_size);
    const receive_result received = receive_raw(raw);
    if (received.what != receive_result::outcome::bytes) {
        return received;
    }
    if (over_) {
        return {};
    }
    return filter_received(raw.first(received.bytes.size()), into.first(into.size() - raw_size));
}

receive_result connection::receive_raw(std::span<char> into) noexcept {
    using outcome = receive_result::outcome;
    if (!is_open()) {
        return {.what = outcome::closed};
    }
    ssize_t size = 0;
    do {
        size = ::recv(descriptor_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    } while (size < 0 && errno == EINTR);
    if (size > 0) {
        return {.what = outcome::bytes, .bytes = {into.data(), static_cast<std::size_t>(size)}};
    }
    if (size == 0) {
        return {.what = outcome::closed};
    }
    if (errno == EAGAIN) {
        return {};
    }
    return {.what = outcome::failed, .error = {errno, boost::system::system_category()}};
}

receive_result connection::filter_received(std::span<char> raw, std::span<char> room) {
    using outcome = receive_result::outcome;
    std::string& answer = list_->answer_;
    answer.clear();
    const filtered got = filter_->receive(raw, room, answer);
    receive_result result;
    result.told_peer = filter_->told_peer();
    if (filter_->is_done()) {
        filter_ = filter_->take_rest();
    }
    const bool reads = take_answer(answer);
    if (!got.plain.empty()) {
        result.what = outcome::bytes;
        result.bytes = got.plain;
    }
    if (!got.ended.empty() || !reads) {
        over_ = true;
        result.what = got.plain.empty() ? outcome::over : outcome::bytes;
        result.why = reads ? got.ended : "does not read what it is answered";
    }
    return result;
}

// False: the peer makes us answer, and does not read the answers.
bool connection::take_answer(const std::string& answer) {
    // Beyond what one encode_some() may have left there: that is not the peer's doing.
    constexpr std::size_t most_unread = 2 * encoded_at_once;
    if (answer.empty()) {
        return true;
    }
    outgoing& wire = (filter_ ? buffer().wire : buffer().queue);
    wire.bytes() += answer;
    mark_dirty();
    return wire.unsent() <= most_unread;
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

void connection::send_now(base::steady_time now) {
    if (output_ && !failed_) {
        send_pending(now);
    }
}

void connection::flush(base::steady_time now) {
    if (!blocked_) {
        send_now(now);
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
    const outgoing::progress done =
        filter_ ? send_filtered() : output_->queue.send_to(descriptor_.native_handle());
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

outgoing::progress connection::send_filtered() {
    outgoing::progress all;
    do {
        const auto done = output_->wire.send_to(descriptor_.native_handle());
        all.sent += done.sent;
        all.error = done.error;
    } while (all.error == 0 && encode_some());
    return all;
}

// So much at a time that the copy stays small beside the limit of what may wait. False: there is
// nothing more.
bool connection::encode_some() {
    std::array<std::string_view, 64> room;
    const auto pieces = output_->queue.front(room, encoded_at_once);
    std::string& wire = output_->wire.bytes();
    if (!pieces.empty()) {
        std::size_t size = 0;
        for (const std::string_view piece : pieces) {
            size += piece.size();
        }
        filter_->send(pieces, wire);
        output_->queue.advance(size);
        return true;
    }
    if (finishing_ && !said_bye_) {
        said_bye_ = true;
        filter_->finish(wire);
        return !wire.empty();
    }
    return false;
}

void connection::wait_until_writable() {
    if (blocked_) {
        return;  // it waits already
    }
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
    if (filter_ && !said_bye_) {
        static_cast<void>(buffer());  // for its goodbye
    }
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
    connected_socket socket;
    socket.visiting = std::move(visit_);
    if (output_) {
        while (filter_ && encode_some()) {
        }
        socket.unsent = (filter_ ? output_->wire : output_->queue).take_unsent();
    }
    socket.filtering = std::move(filter_);
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
