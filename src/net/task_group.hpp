// The tasks of one shard that belong together: the only place where coroutines are started. It logs
// what escapes them, can cancel them all, and knows when the last has ended. Only the shard's
// thread uses it. It may be destroyed before its tasks, which then simply end uncounted.
#pragma once

#include "base/log.hpp"
#include "net/event.hpp"

#include <lmqtt/task.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <cstddef>
#include <exception>

namespace lmqtt::net {

class task_group {
public:
    task_group(const executor& where, base::logger log);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    ~task_group();

    /// Starts the task: at once if called on the shard's thread. `name` is a literal, for the log.
    void spawn(const char* name, task<> what);

    [[nodiscard]] std::size_t count() const noexcept { return count_; }

    /// Asks every task to end. `terminal` reaches every task; `total` only those that have said
    /// `co_await this_coro::reset_cancellation_state(enable_total_cancellation())`.
    void cancel(boost::asio::cancellation_type type);

    /// Until no task is left; one waiter at a time, which is not itself of this group.
    [[nodiscard]] task<> until_empty();

private:
    struct member;
    struct completion;

    void report(const char* name, const std::exception_ptr& escaped);
    void unlink(member& ended) noexcept;

    executor where_;
    base::logger log_;
    event empty_;
    member* first_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace lmqtt::net
