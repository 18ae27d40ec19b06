#include "net/connection.hpp"
#include "server/shard.hpp"
#include "support/fake_clock.hpp"
#include "support/socket_pair.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using lmqtt::base::instant;
using lmqtt::serving::shard;
using lmqtt::test::make_socket_pair;

namespace {

struct turning {
    lmqtt::test::fake_clock clock;
    shard ours{0, clock};
    std::string events;

    turning() {
        ours.set_duties(
            {.end_of_turn =
                 [this](instant) {
                     events += "end ";
                     return false;
                 },
             .tick = {}}
        );
    }

    void post(const std::string& name) {
        ours.post([this, name] { events += name + ' '; });
    }
};

// A real shard on its thread.
class running {
public:
    explicit running(shard& what)
        : shard_(what)
        , thread_([this] { shard_.run(); }) {}

    running(const running&) = delete;
    running& operator=(const running&) = delete;

    ~running() {
        shard_.stop();
        thread_.join();
    }

private:
    shard& shard_;
    std::thread thread_;
};

// Comes back when the shard has run what was posted before.
void visit(shard& where) {
    std::atomic<bool> done = false;
    where.post([&done] {
        done = true;
        done.notify_one();
    });
    done.wait(false);
}

}  // namespace

TEST_CASE("all that is ready runs in one turn, and the turn ends once") {
    turning t;
    t.post("one");
    t.post("two");
    t.post("three");
    CHECK(t.ours.turn(false));
    CHECK(t.events == "one two three end ");
}

TEST_CASE("a turn with nothing to do says so") {
    turning t;
    CHECK_FALSE(t.ours.turn(false));
    CHECK(t.events == "end ");
}

TEST_CASE("a turn runs a bounded number of handlers") {
    turning t;
    int count = 0;
    std::function<void()> again = [&] {
        ++count;
        t.ours.post(again);
    };
    t.ours.post(again);
    CHECK(t.ours.turn(false));
    CHECK(count == static_cast<int>(shard::handlers_per_turn));
    CHECK(t.events == "end ");
}

TEST_CASE("when the end of a turn made work the next turn does not sleep") {
    turning t;
    int ends = 0;
    t.ours.set_duties({.end_of_turn = [&ends](instant) { return ++ends < 3; }, .tick = {}});
    t.post("start");
    // Would sleep for ever otherwise: nothing else is there to wake it.
    CHECK(t.ours.turn(true));
    CHECK(t.ours.turn(true));
    CHECK_FALSE(t.ours.turn(true));
    CHECK(ends == 3);
    t.post("and now it would sleep");
    CHECK(t.ours.turn(true));
}

TEST_CASE("what the writing of output made ready does not wait for somebody to wake the shard") {
    turning t;
    auto pair = make_socket_pair();
    lmqtt::net::connection connection(
        t.ours.get_executor(), std::move(pair.ours), t.ours.dirty_connections()
    );
    bool ready = false;
    t.ours.set_duties(
        {.end_of_turn = [&ready](instant) { return ready = false; },
         .tick = {},
         .has_more = [&ready] { return ready; }}
    );
    t.ours.post([&] {
        connection.output() += "full";
        connection.mark_dirty();
        connection.when_drained([](void* it) noexcept { *static_cast<bool*>(it) = true; }, &ready);
    });
    CHECK(t.ours.turn(true));
    CHECK(ready);
    // Would sleep for ever otherwise.
    CHECK_FALSE(t.ours.turn(true));
    CHECK_FALSE(ready);
}

TEST_CASE("output leaves once, after the owner has ended the turn") {
    turning t;
    auto pair = make_socket_pair();
    lmqtt::net::connection connection(
        t.ours.get_executor(), std::move(pair.ours), t.ours.dirty_connections()
    );
    const auto append = [&connection](const char* bytes) {
        connection.output() += bytes;
        connection.mark_dirty();
    };
    std::string before_flush;
    t.ours.set_duties(
        {.end_of_turn =
             [&](instant) {
                 before_flush = pair.theirs.read();
                 append("three");
                 return false;
             },
         .tick = {}}
    );
    t.ours.post([&] { append("one "); });
    t.ours.post([&] { append("two "); });
    CHECK(t.ours.turn(false));
    CHECK(before_flush.empty());
    CHECK(pair.theirs.read() == "one two three");
}

TEST_CASE("the clock is asked once a turn, but after the sleep") {
    turning t;
    instant first{};
    instant second{};
    instant at_end{};
    t.ours.set_duties(
        {.end_of_turn =
             [&](instant now) {
                 at_end = now;
                 return false;
             },
         .tick = {}}
    );
    t.ours.post([&] {
        t.clock.advance(5s);  // the time it slept
        first = t.ours.now();
        t.clock.advance(1s);
        second = t.ours.now();
    });
    const instant start = t.clock.now();
    t.ours.turn(false);
    CHECK(first == start + 5s);
    CHECK(second == first);
    CHECK(at_end == first);
    t.ours.turn(false);
    CHECK(at_end == start + 6s);
}

TEST_CASE("ticks come while the owner wants them and begin again when asked") {
    turning t;
    int ticks = 0;
    t.ours.set_duties({.end_of_turn = {}, .tick = [&ticks](instant) { return ++ticks % 2 != 0; }});
    t.ours.keep_ticking();
    t.ours.keep_ticking();
    while (ticks < 2) {
        t.ours.turn(true);
    }
    CHECK_FALSE(t.ours.turn(false));  // the owner said no
    t.ours.keep_ticking();
    while (ticks < 3) {
        t.ours.turn(true);
    }
    CHECK(ticks == 3);
}

TEST_CASE("the read buffer is there and large") {
    turning t;
    CHECK(t.ours.read_buffer().size() == 64 * 1024);
    CHECK(t.ours.read_buffer().data() == t.ours.read_buffer().data());
}

TEST_CASE("waking ends a sleep and wakes are not piled up") {
    turning t;
    t.ours.wake();
    t.ours.wake();
    t.ours.wake();
    CHECK(t.ours.turn(true));
    CHECK(t.events == "end ");
    CHECK_FALSE(t.ours.turn(false));
    t.ours.wake();
    CHECK(t.ours.turn(true));
}

TEST_CASE("a wake during the end of a turn is not lost") {
    turning t;
    int ends = 0;
    t.ours.set_duties(
        {.end_of_turn =
             [&](instant) {
                 if (++ends == 1) {
                     t.ours.wake();  // as another thread may
                 }
                 return false;
             },
         .tick = {}}
    );
    t.post("start");
    CHECK(t.ours.turn(true));
    CHECK(t.ours.turn(true));  // would sleep for ever if it had been
    CHECK(ends == 2);
}

TEST_CASE("an idle shard takes no turns") {
    lmqtt::base::real_clock clock;
    shard ours(0, clock);
    int turns = 0;
    ours.set_duties(
        {.end_of_turn =
             [&turns](instant) {
                 ++turns;
                 return false;
             },
         .tick = {}}
    );
    {
        const running thread(ours);
        for (int i = 0; i < 10; ++i) {
            visit(ours);
        }
    }
    CHECK(turns <= 11);  // one for each visit and one for the end
}

TEST_CASE("a stopped shard finishes its turn and returns") {
    turning t;
    t.ours.post([&t] { t.ours.stop(); });
    t.post("behind");
    t.ours.run();
    CHECK(t.events == "behind end ");
}

TEST_CASE("a shard may be stopped before it runs") {
    turning t;
    t.ours.stop();
    t.ours.run();
    CHECK(t.events.empty());
}
