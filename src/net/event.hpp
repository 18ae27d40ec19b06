// Something one coroutine waits for and plain code on the same shard announces. An announcement
// that comes before the wait is kept (one of them). It costs a timer's memory: make one when it is
// needed, not one per idle client. It must outlive the wait.
#pragma once

#include <lmqtt/task.hpp>

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>
#include <utility>

namespace lmqtt::net {

class event {
public:
    explicit event(const executor& where)
        : timer_(where) {}

    /// `co_await event.wait()`: until notify() or cancellation. What it yields says nothing; look
    /// again at what you wait for.
    [[nodiscard]] auto wait() {
        using time = std::chrono::steady_clock::time_point;
        timer_.expires_at(std::exchange(notified_, false) ? time::min() : time::max());
        return timer_.async_wait(use_task);
    }

    /// Wakes the waiting coroutine, in a later handler.
    void notify() {
        if (timer_.cancel() == 0) {
            notified_ = true;
        }
    }

private:
    boost::asio::basic_waitable_timer<
        std::chrono::steady_clock,
        boost::asio::wait_traits<std::chrono::steady_clock>,
        executor>
        timer_;
    bool notified_ = false;
};

}  // namespace lmqtt::net
