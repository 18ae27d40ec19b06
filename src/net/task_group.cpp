#include "net/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace lmqtt::net {

// Owned by its task's completion, so that it lives as long as the task can be cancelled, whichever
// of group and task ends first.
struct task_group::member {
    member(task_group& of, const char* task_name)
        : group(&of)
        , name(task_name)
        , next(of.first_) {
        if (next != nullptr) {
            next->previous = this;
        }
        of.first_ = this;
        ++of.count_;
    }

    member(const member&) = delete;
    member& operator=(const member&) = delete;

    ~member() {
        if (group != nullptr) {
            group->unlink(*this);
        }
    }

    task_group* group;
    const char* name;
    member* previous = nullptr;
    member* next;
    boost::asio::cancellation_signal signal;
};

struct task_group::completion {
    std::unique_ptr<member> ended;

    void operator()(const std::exception_ptr& escaped) {
        if (escaped && ended->group != nullptr) {
            ended->group->report(ended->name, escaped);
        }
        ended.reset();
    }
};

task_group::task_group(const executor& where, base::logger log)
    : where_(where)
    , log_(log)
    , empty_(where) {}

task_group::~task_group() {
    for (member* left = first_; left != nullptr; left = left->next) {
        left->group = nullptr;
    }
}

void task_group::spawn(const char* name, task<> what) {
    auto started = std::make_unique<member>(*this, name);
    const auto slot = started->signal.slot();
    boost::asio::co_spawn(
        where_,
        std::move(what),
        boost::asio::bind_cancellation_slot(slot, completion{std::move(started)})
    );
}

void task_group::cancel(boost::asio::cancellation_type type) {
    member* next = nullptr;
    for (member* each = first_; each != nullptr; each = next) {
        next = each->next;
        each->signal.emit(type);
    }
}

task<> task_group::until_empty() {
    while (count_ > 0) {
        co_await empty_.wait();
    }
}

void task_group::report(const char* name, const std::exception_ptr& escaped) {
    try {
        std::rethrow_exception(escaped);
    } catch (const std::exception& failure) {
        log_.error("a task has failed", {{"task", name}, {"why", failure.what()}});
    } catch (...) {
        log_.error("a task has failed", {{"task", name}, {"why", "unknown"}});
    }
}

void task_group::unlink(member& ended) noexcept {
    (ended.previous != nullptr ? ended.previous->next : first_) = ended.next;
    if (ended.next != nullptr) {
        ended.next->previous = ended.previous;
    }
    if (--count_ == 0) {
        empty_.notify();
    }
}

}  // namespace lmqtt::net
