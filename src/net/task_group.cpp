#include "net/task_group.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <forward_list>
#include <string_view>
#include <utility>

namespace lmqtt::net {

// All tasks of one name.
struct task_group::kind {
    state& group;
    const char* name;
};

// Lives as long as the group or one of its tasks, whichever ends last.
struct task_group::state {
    state(const executor& where, base::logger own_log)
        : log(own_log)
        , empty(where) {}

    void leave() noexcept {
        if (--count != 0) {
            return;
        }
        if (abandoned) {
            delete this;
        } else {
            empty.notify();
        }
    }

    base::logger log;
    event empty;
    std::forward_list<kind> kinds;
    std::size_t count = 0;
    bool abandoned = false;  // the group is gone, and with it whoever would listen
};

// Runs when its task ends, and is destroyed without running where the task is destroyed. No larger
// than a pointer, because the frame that starts a task keeps several of it.
struct task_group::completion {
    explicit completion(kind& what)
        : of(&what) {
        ++of->group.count;
    }

    completion(completion&& other) noexcept
        : of(std::exchange(other.of, nullptr)) {}

    completion& operator=(completion&&) = delete;

    ~completion() {
        if (of != nullptr) {
            of->group.leave();
        }
    }

    void operator()(const std::exception_ptr& escaped) const {
        if (escaped && !of->group.abandoned) {
            report(escaped);
        }
    }

    void report(const std::exception_ptr& escaped) const {
        try {
            std::rethrow_exception(escaped);
        } catch (const std::exception& failure) {
            of->group.log.error("a task has failed", {{"task", of->name}, {"why", failure.what()}});
        } catch (...) {
            of->group.log.error("a task has failed", {{"task", of->name}, {"why", "unknown"}});
        }
    }

    kind* of;
};

task_group::task_group(const executor& where, base::logger log)
    : where_(where)
    , state_(new state(where, log)) {}

task_group::~task_group() {
    ++state_->count;  // as if we were one of the tasks, and the last to end
    state_->abandoned = true;
    state_->leave();
}

void task_group::spawn(const char* name, task<> what) {
    auto& kinds = state_->kinds;
    auto own = std::find_if(kinds.begin(), kinds.end(), [&](const kind& each) {
        return std::string_view(each.name) == name;
    });
    if (own == kinds.end()) {
        kinds.push_front({*state_, name});
        own = kinds.begin();
    }
    boost::asio::co_spawn(where_, std::move(what), completion(*own));
}

std::size_t task_group::count() const noexcept {
    return state_->count;
}

task<> task_group::until_empty() {
    while (state_->count > 0) {
        co_await state_->empty.wait();
    }
}

}  // namespace lmqtt::net
