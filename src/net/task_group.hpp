// The tasks of one shard that belong together: the only place where coroutines are started. It logs
// what escapes them, and knows when the last has ended. Only the shard's thread uses it. It may be
// destroyed before its tasks, which then simply end uncounted.
//
// There is no cancellation from outside: whoever wants a task to end closes what it waits for. A
// cancellation slot for each would cost an idle client 200 bytes.
#pragma once

#include "base/log.hpp"
#include "net/event.hpp"

#include <lmqtt/task.hpp>

#include <cstddef>

namespace lmqtt::net {

class task_group {
public:
    task_group(const executor& where, base::logger log);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    ~task_group();

    /// Starts the task: at once if called on the shard's thread. `name` is a literal, for the log.
    void spawn(const char* name, task<> what);

    [[nodiscard]] std::size_t count() const noexcept;

    /// Until no task is left; one waiter at a time, which is not itself of this group.
    [[nodiscard]] task<> until_empty();

private:
    struct kind;
    struct state;
    struct completion;

    executor where_;
    state* state_;  // deletes itself with the last task, when the group is gone
};

}  // namespace lmqtt::net
