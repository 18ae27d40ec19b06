#include "net/event.hpp"
#include "net/task_group.hpp"
#include "support/captured_log.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <stdexcept>

using lmqtt::task;
using lmqtt::net::event;
using lmqtt::net::task_group;

namespace {

struct shard_parts {
    lmqtt::test::captured_log log;
    boost::asio::io_context context{1};
    std::optional<task_group> tasks;

    shard_parts() { tasks.emplace(context.get_executor(), log.logger("net")); }

    void run_ready() {
        context.restart();
        context.poll();
    }
};

// `ended` counts tasks, however they end.
class end_counter {
public:
    explicit end_counter(int& ended)
        : ended_(ended) {}

    end_counter(const end_counter&) = delete;
    end_counter& operator=(const end_counter&) = delete;

    ~end_counter() { ++ended_; }

private:
    int& ended_;
};

// The references are to locals of the test, which outlive the task.
task<> wait_for(event& what, int& ended) {
    const end_counter count(ended);
    co_await what.wait();
}

task<> fail(std::string why) {
    if (!why.empty()) {
        throw std::runtime_error(why);
    }
    co_return;
}

task<> wait_until_empty(task_group& group, int& ended) {
    co_await group.until_empty();
    ++ended;
}

}  // namespace

TEST_CASE("a task is counted until it has ended") {
    shard_parts shard;
    event first(shard.context.get_executor());
    event second(shard.context.get_executor());
    int ended = 0;
    shard.tasks->spawn("first", wait_for(first, ended));
    shard.tasks->spawn("second", wait_for(second, ended));
    shard.run_ready();
    CHECK(shard.tasks->count() == 2);
    first.notify();
    shard.run_ready();
    CHECK(ended == 1);
    CHECK(shard.tasks->count() == 1);
    second.notify();
    shard.run_ready();
    CHECK(shard.tasks->count() == 0);
}

TEST_CASE("what escapes a task is logged with its name and harms nobody") {
    shard_parts shard;
    shard.tasks->spawn("clumsy", fail("dropped it"));
    shard.run_ready();
    CHECK(shard.tasks->count() == 0);
    CHECK(shard.log.contains("clumsy"));
    CHECK(shard.log.contains("dropped it"));
}

TEST_CASE("a task that ends well leaves no line") {
    shard_parts shard;
    shard.tasks->spawn("quiet", fail(""));
    shard.run_ready();
    CHECK(shard.tasks->count() == 0);
    CHECK(shard.log.text().empty());
}

TEST_CASE("until_empty comes back when the last task has ended") {
    shard_parts shard;
    task_group outside(shard.context.get_executor(), shard.log.logger("net"));
    event first(shard.context.get_executor());
    event second(shard.context.get_executor());
    int ended = 0;
    int empty = 0;
    shard.tasks->spawn("first", wait_for(first, ended));
    shard.tasks->spawn("second", wait_for(second, ended));
    outside.spawn("stop", wait_until_empty(*shard.tasks, empty));
    first.notify();
    shard.run_ready();
    CHECK(empty == 0);
    second.notify();
    shard.run_ready();
    CHECK(empty == 1);
}

TEST_CASE("until_empty of an empty group comes back at once, also after it was in use") {
    shard_parts shard;
    task_group outside(shard.context.get_executor(), shard.log.logger("net"));
    int empty = 0;
    outside.spawn("stop", wait_until_empty(*shard.tasks, empty));
    shard.run_ready();
    CHECK(empty == 1);

    shard.tasks->spawn("done", fail(""));
    shard.run_ready();
    event later(shard.context.get_executor());
    int ended = 0;
    shard.tasks->spawn("later", wait_for(later, ended));
    outside.spawn("stop again", wait_until_empty(*shard.tasks, empty));
    shard.run_ready();
    CHECK(empty == 1);
    later.notify();
    shard.run_ready();
    CHECK(empty == 2);
}

TEST_CASE("a group may be destroyed before its tasks") {
    shard_parts shard;
    event late(shard.context.get_executor());
    int ended = 0;
    shard.tasks->spawn("late", wait_for(late, ended));
    shard.run_ready();
    shard.tasks.reset();
    late.notify();
    shard.run_ready();
    CHECK(ended == 1);
}

TEST_CASE("a context destroys the tasks that still wait in it") {
    int ended = 0;
    {
        lmqtt::test::captured_log log;
        std::unique_ptr<event> never;
        boost::asio::io_context context{1};
        task_group tasks(context.get_executor(), log.logger("net"));
        never = std::make_unique<event>(context.get_executor());
        tasks.spawn("endless", wait_for(*never, ended));
        context.poll();
        CHECK(ended == 0);
        never.reset();
    }
    CHECK(ended == 1);
}

TEST_CASE("an announcement before the wait is kept, once") {
    shard_parts shard;
    event what(shard.context.get_executor());
    int ended = 0;
    what.notify();
    what.notify();
    shard.tasks->spawn("first", wait_for(what, ended));
    shard.run_ready();
    CHECK(ended == 1);
    shard.tasks->spawn("second", wait_for(what, ended));
    shard.run_ready();
    CHECK(ended == 1);
    what.notify();
    shard.run_ready();
    CHECK(ended == 2);
}
