// One shard: an io_context that one thread runs, in turns. In a turn it runs what is ready, then
// lets its owner finish the turn, then writes once for every connection that has output. Whatever
// lives on a shard needs no lock. wake(), post() and stop() may be called by any thread, all else
// only by the shard's own, or while it does not run. Everything on it must be gone before it is,
// but for suspended coroutines, which it destroys.
#pragma once

#include "base/clock.hpp"
#include "net/flush_list.hpp"

#include <lmqtt/task.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace lmqtt::serving {

/// What the owner does on the shard's thread. All may be empty.
struct shard_duties {
    /// The end of every turn, before output is written: deliver, empty and fill the mailboxes, seal
    /// the storage batch. True: there is more to do at once, so the shard must not sleep.
    std::function<bool(base::instant now)> end_of_turn;
    /// Every `tick_interval` while it returns true; keep_ticking() starts it (again).
    std::function<bool(base::instant now)> tick;
    /// Asked when output has been written: who has waited for room may be ready again, and nothing
    /// else would wake the shard for it. True: it must not sleep.
    std::function<bool()> has_more{};
    /// Asked after each handler. True: the turn ends with it, whatever else is waiting.
    std::function<bool()> has_enough{};
};

class shard {
public:
    static constexpr std::size_t read_buffer_size = 64 * 1024;
    static constexpr std::size_t handlers_per_turn = 512;
    static constexpr std::chrono::milliseconds tick_interval{250};

    /// The clock must outlive the shard.
    shard(unsigned index, const base::clock& clock);
    shard(const shard&) = delete;
    shard& operator=(const shard&) = delete;
    ~shard();

    void set_duties(shard_duties duties) { duties_ = std::move(duties); }

    [[nodiscard]] unsigned index() const noexcept { return index_; }

    [[nodiscard]] executor get_executor() noexcept { return context_.get_executor(); }

    [[nodiscard]] net::flush_list& dirty_connections() noexcept { return dirty_connections_; }

    /// One for all connections: valid until the next co_await of whoever reads into it.
    [[nodiscard]] std::span<char> read_buffer() noexcept { return read_buffer_; }

    /// Asks the clock at most once per turn and sleep, so ask as often as you like.
    [[nodiscard]] base::instant now();

    void keep_ticking();

    /// Turns until stop(). Exceptions of handlers are not caught here.
    void run();

    /// One turn; sleeps until there is something to do if `may_sleep`. True if there was.
    bool turn(bool may_sleep);

    // Any thread

    /// Makes sure that a turn ends after this call; cheap if one is due already.
    void wake();

    /// Runs the function on the shard's thread, in order with other posts of the caller.
    void post(std::function<void()> function);

    /// Lets run() return after the current turn.
    void stop();

    // When no thread runs it any more

    /// Destroys every task and handler that still waits here, while what they refer to is alive.
    void abandon_tasks() { context_.abandon(); }

private:
    class context : public boost::asio::io_context {
    public:
        using io_context::io_context;

        void abandon() { shutdown(); }
    };

    using timer_type = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock,
        boost::asio::wait_traits<std::chrono::steady_clock>,
        executor>;

    bool end_of_turn();
    void ticked();

    unsigned index_;
    const base::clock& clock_;
    base::instant now_{};
    bool now_is_old_ = true;
    bool ticking_ = false;
    bool more_to_do_ = false;
    std::atomic<bool> wake_pending_ = false;
    std::atomic<bool> stopping_ = false;
    shard_duties duties_;
    std::unique_ptr<char[]> read_memory_;
    std::span<char> read_buffer_;
    // Below it, because coroutines that end with the context own connections that use it.
    net::flush_list dirty_connections_;
    context context_;
    boost::asio::executor_work_guard<executor> work_;
    timer_type timer_;
};

}  // namespace lmqtt::serving
