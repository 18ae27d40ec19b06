// One connected stream socket, TCP or UNIX, that knows no MQTT. The coroutine that reads from it
// owns it; all calls come from the thread of its shard. Output is appended and leaves once per turn
// of the shard; while there is none, a connection owns no buffer. It may change its shard:
// release() here, construct there.
#pragma once

#include "base/clock.hpp"
#include "net/address.hpp"
#include "net/file_descriptor.hpp"
#include "net/filter.hpp"
#include "net/flush_list.hpp"
#include "net/visit.hpp"

#include <lmqtt/task.hpp>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lmqtt::net {

/// A connected, non-blocking socket on its way to the shard where it becomes a connection.
struct connected_socket {
    file_descriptor descriptor;
    visit visiting;
    std::string unsent;                 // bytes for the wire of the connection that it was
    std::unique_ptr<filter> filtering;  // null: the protocol's bytes are those of the descriptor
};

struct receive_result {
    /// over: the filter has come to an end, `why` says how. Send what is left, and shut down.
    enum class outcome : std::uint8_t { bytes, would_block, closed, failed, over };

    outcome what = outcome::would_block;
    std::string_view bytes{};            // never empty; until the next receive on this shard
    std::string_view why{};              // of over; with bytes: it is over behind them
    boost::system::error_code error{};   // of failed
    std::optional<address> told_peer{};  // whose connection it is, says a proxy: rename()
};

class connection final {
public:
    /// Throws boost::system::system_error if the reactor refuses the descriptor.
    connection(const executor& where, connected_socket socket, flush_list& list);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    // Input

    /// `const auto [error] = co_await connection.readable();` Nothing is read and no buffer is held
    /// meanwhile. close() ends it with operation_aborted.
    [[nodiscard]] auto readable() {
        return descriptor_.async_wait(descriptor_type::wait_read, use_task);
    }

    /// One recv that does not block. The bytes lie in `into`; with a filter it must have room for
    /// more than filter::held_back.
    [[nodiscard]] receive_result receive(std::span<char> into);

    // Output

    /// Append to it, then mark_dirty(). The reference is good until the end of the turn.
    [[nodiscard]] std::string& output();

    /// For what is large and shared: it is sent from where it lies, in its place between the bytes
    /// appended before and after this call. mark_dirty() is yours to call.
    void append_shared(std::string_view data, std::shared_ptr<const void> owner);

    /// Has the output flushed at the end of this turn. Cheap to call again.
    void mark_dirty();

    /// Sends now what the kernel takes, instead of at the end of the turn, or asks it again
    /// although it has not said yet that it takes more. Gives no notice of it.
    void send_now(base::steady_time now);

    [[nodiscard]] std::size_t unsent_bytes() const noexcept {
        return output_ ? output_->queue.unsent() + output_->wire.unsent() : 0;
    }

    /// Calls `notice(context)` once, as soon as a flush has left nothing unsent or has failed. It
    /// is called from within that flush, may append and mark_dirty(), and must not destroy the
    /// connection. A null notice revokes.
    void when_drained(drained_notice notice, void* context) {
        output_buffer& here = buffer();
        here.drained = notice;
        here.drained_context = context;
    }

    /// When the kernel last took a byte, while it takes no more: the start of the stall that a
    /// limit is about. Nothing if no output is waiting for the peer.
    [[nodiscard]] std::optional<base::steady_time> stalled_since() const noexcept {
        return output_ ? output_->stalled_since : std::nullopt;
    }

    /// True after a write has failed; the output is dropped, and readable() comes back.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

    // The end

    /// Sends FIN after the last byte of output. Go on reading, and throw away what comes, until the
    /// peer closes or your patience ends, then close(): closing with unread input would make the
    /// kernel reset the connection and take the last packet from the peer.
    void shutdown_after_flush();

    /// Closes now; unsent output is lost.
    void close() noexcept;

    /// Closes now with a TCP reset.
    void reset() noexcept;

    [[nodiscard]] bool is_open() const noexcept { return descriptor_.is_open(); }

    /// Takes the socket out, unsent output included, to become a connection of another shard. No
    /// readable() may be pending.
    [[nodiscard]] connected_socket release();

    // Who it is

    [[nodiscard]] const address& peer() const noexcept { return visit_.peer(); }

    /// A proxy has said whose connection it is. False: there is no room for that address.
    [[nodiscard]] bool rename(const address& whose, base::steady_time now) {
        return visit_.rename(whose, now);
    }

    /// Its handshake is over.
    void settle() { visit_.settle(); }

    /// The name a client certificate has proved; empty: none.
    [[nodiscard]] std::string proved_name() const {
        return filter_ ? filter_->proved_name() : std::string();
    }

    [[nodiscard]] bool is_of_foreign_page() const {
        return filter_ && filter_->is_of_foreign_page();
    }

    [[nodiscard]] std::uint16_t listener() const noexcept { return visit_.listener(); }

    /// Our own end; asked from the kernel at each call.
    [[nodiscard]] address local() noexcept;

private:
    friend class flush_list;
    using descriptor_type = boost::asio::posix::basic_stream_descriptor<executor>;
    struct writable_handler;

    static constexpr std::uint32_t not_listed = 0xffffffff;

    [[nodiscard]] receive_result receive_raw(std::span<char> into) noexcept;
    [[nodiscard]] receive_result filter_received(std::span<char> raw, std::span<char> room);
    [[nodiscard]] bool take_answer(const std::string& answer);
    [[nodiscard]] output_buffer& buffer();
    void flush(base::steady_time now);
    void send_pending(base::steady_time now);
    [[nodiscard]] outgoing::progress send_filtered();
    [[nodiscard]] bool encode_some();
    void wait_until_writable();
    void became_writable();
    void fail() noexcept;
    void drop_output() noexcept;

    descriptor_type descriptor_;
    flush_list* list_;
    std::unique_ptr<filter> filter_;
    std::unique_ptr<output_buffer> output_;
    visit visit_;
    std::uint32_t place_ = not_listed;  // in the flush list
    bool blocked_ : 1 = false;          // waiting until the kernel takes more
    bool finishing_ : 1 = false;        // FIN after the output
    bool failed_ : 1 = false;
    bool over_ : 1 = false;      // the filter has ended: what still comes is thrown away
    bool said_bye_ : 1 = false;  // the filter's last words are in the output
};

}  // namespace lmqtt::net
