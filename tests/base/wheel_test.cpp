#include "base/wheel.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

using namespace std::chrono_literals;
using lmqtt::base::steady_time;
using lmqtt::base::wheel;
using lmqtt::base::wheel_entry;

namespace {

constexpr steady_time start(1000s);
constexpr wheel::dimensions small{100ms, 8};  // turns once in 800 ms

struct timer : wheel_entry {
    int name = 0;
};

// Advances and tells the names of what was due, in order.
std::vector<int> due(wheel& wheel, steady_time now) {
    std::vector<int> names;
    wheel.advance(now, [&names](wheel_entry& entry) {
        names.push_back(static_cast<timer&>(entry).name);
    });
    return names;
}

}  // namespace

TEST_CASE("an entry is due when its deadline has passed, not before, and once") {
    wheel wheel(start, small);
    timer timer;
    wheel.schedule(timer, start + 300ms);
    CHECK(timer.scheduled());
    CHECK(due(wheel, start + 299ms).empty());
    CHECK(due(wheel, start + 300ms).size() == 1);
    CHECK_FALSE(timer.scheduled());
    CHECK(due(wheel, start + 10s).empty());
}

TEST_CASE("a deadline between two ticks waits for the later one") {
    wheel wheel(start, small);
    timer timer;
    wheel.schedule(timer, start + 201ms);
    CHECK(due(wheel, start + 299ms).empty());
    CHECK(due(wheel, start + 300ms).size() == 1);
}

TEST_CASE("a deadline in the past is due with the next tick") {
    wheel wheel(start, small);
    CHECK(due(wheel, start + 500ms).empty());
    timer before_now;
    timer before_start;
    wheel.schedule(before_now, start + 100ms);
    wheel.schedule(before_start, start - 1h);
    CHECK(due(wheel, start + 500ms).empty());
    CHECK(due(wheel, start + 600ms).size() == 2);
}

TEST_CASE("a deadline many turns away is due at its time") {
    wheel wheel(start, small);
    timer timer;
    wheel.schedule(timer, start + 2h);
    for (auto at = start; at < start + 2h; at += 50ms) {
        REQUIRE(due(wheel, at).empty());
    }
    CHECK(due(wheel, start + 2h).size() == 1);
}

TEST_CASE("the latest possible deadline never comes") {
    wheel wheel(start, small);
    timer timer;
    wheel.schedule(timer, steady_time::max());
    CHECK(due(wheel, start + 24h * 365 * 100).empty());
    CHECK(timer.scheduled());
}

TEST_CASE("a cancelled entry is not due, and cancelling twice is harmless") {
    wheel wheel(start, small);
    timer timer;
    wheel.schedule(timer, start + 100ms);
    wheel.cancel(timer);
    wheel.cancel(timer);
    CHECK_FALSE(timer.scheduled());
    CHECK(due(wheel, start + 1s).empty());
}

TEST_CASE("scheduling again moves the entry, earlier or later") {
    wheel wheel(start, small);
    timer timer;
    wheel.schedule(timer, start + 100ms);
    wheel.schedule(timer, start + 5s);
    CHECK(due(wheel, start + 4s).empty());
    wheel.schedule(timer, start + 4500ms);
    CHECK(due(wheel, start + 4500ms).size() == 1);
    CHECK(due(wheel, start + 6s).empty());
}

TEST_CASE("entries come in the order of their deadlines, and of scheduling within a tick") {
    wheel wheel(start, small);
    std::deque<timer> timers(4);
    for (int i = 0; i < 4; ++i) {
        timers[static_cast<std::size_t>(i)].name = i;
    }
    wheel.schedule(timers[0], start + 500ms);
    wheel.schedule(timers[1], start + 200ms);
    wheel.schedule(timers[2], start + 450ms);
    wheel.schedule(timers[3], start + 700ms);
    CHECK(due(wheel, start + 750ms) == std::vector{1, 0, 2, 3});
}

TEST_CASE("after a sleep of many turns everything missed is due at once") {
    wheel wheel(start, small);
    std::deque<timer> timers(50);
    for (std::size_t i = 0; i < timers.size(); ++i) {
        wheel.schedule(timers[i], start + i * 170ms);
    }
    timer later;
    wheel.schedule(later, start + 24h + 100ms);
    CHECK(due(wheel, start + 24h).size() == timers.size());
    CHECK(due(wheel, start + 24h + 100ms).size() == 1);
}

TEST_CASE("time that goes backwards is ignored") {
    wheel wheel(start, small);
    CHECK(due(wheel, start + 5s).empty());
    timer timer;
    wheel.schedule(timer, start + 6s);
    CHECK(due(wheel, start + 1s).empty());
    CHECK(due(wheel, start - 1s).empty());
    CHECK(due(wheel, start + 6s).size() == 1);
}

TEST_CASE("a sink may schedule the entry it was given again") {
    wheel wheel(start, small);
    timer timer;
    wheel.schedule(timer, start + 100ms);
    std::vector<steady_time> fired;
    for (auto now = start; now <= start + 1s; now += 100ms) {
        wheel.advance(now, [&](wheel_entry& entry) {
            fired.push_back(now);
            wheel.schedule(entry, now + 300ms);
        });
    }
    CHECK(fired == std::vector{start + 100ms, start + 400ms, start + 700ms, start + 1s});
}

TEST_CASE("a sink that asks for the past again and again does not hold the wheel") {
    wheel wheel(start, small);
    timer timer;
    wheel.schedule(timer, start);
    const auto count =
        wheel.advance(start + 1h, [&](wheel_entry& entry) { wheel.schedule(entry, start); });
    CHECK(count <= small.slots);
    CHECK(timer.scheduled());
}

TEST_CASE("a sink may cancel and destroy other entries that are due in the same tick") {
    wheel wheel(start, small);
    timer first;
    auto second = std::make_unique<timer>();
    timer third;
    wheel.schedule(first, start + 100ms);
    wheel.schedule(*second, start + 100ms);
    wheel.schedule(third, start + 100ms);
    int calls = 0;
    wheel.advance(start + 100ms, [&](wheel_entry& entry) {
        ++calls;
        CHECK(&entry == &first);
        second.reset();
        wheel.cancel(third);
    });
    CHECK(calls == 1);
}

TEST_CASE("a sink may destroy the entry it was given") {
    wheel wheel(start, small);
    auto* timer = new struct timer;
    wheel.schedule(*timer, start + 100ms);
    const auto count = wheel.advance(start + 100ms, [](wheel_entry& entry) {
        delete static_cast<struct timer*>(&entry);
    });
    CHECK(count == 1);
}

TEST_CASE("when a sink throws, the entries after it are due with the next call") {
    wheel wheel(start, small);
    timer first;
    timer second;
    wheel.schedule(first, start + 100ms);
    wheel.schedule(second, start + 100ms);
    const auto refuse = [](wheel_entry&) { throw std::runtime_error("no"); };
    CHECK_THROWS_AS(wheel.advance(start + 100ms, refuse), std::runtime_error);
    CHECK(second.scheduled());
    CHECK(wheel.next_wake() == start + 100ms);
    CHECK(due(wheel, start + 100ms).size() == 1);
}

TEST_CASE("entry and wheel may be destroyed in either order") {
    timer outlives;
    {
        wheel wheel(start, small);
        wheel.schedule(outlives, start + 1h);
        timer dies_first;
        wheel.schedule(dies_first, start + 1h);
    }
    CHECK_FALSE(outlives.scheduled());
}

TEST_CASE("next_wake is the first tick worth looking at") {
    wheel wheel(start, small);
    CHECK_FALSE(wheel.next_wake().has_value());
    timer timer;
    wheel.schedule(timer, start + 250ms);
    CHECK(wheel.next_wake() == start + 300ms);
    wheel.cancel(timer);
    CHECK_FALSE(wheel.next_wake().has_value());
    wheel.schedule(timer, start + 5s);
    std::size_t wakes = 0;
    while (const auto wake = wheel.next_wake()) {
        REQUIRE(*wake <= start + 5s);
        due(wheel, *wake);
        ++wakes;
    }
    CHECK(wakes == 7);  // once a turn, then the deadline: 200 ms, 1 s, ..., 5 s
}

TEST_CASE("against a plain list, whatever is scheduled, moved and cancelled is due in the same tick"
) {
    const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U);
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t limit) { return random() % limit; };
    wheel wheel(start, small);
    std::deque<timer> timers(64);
    std::map<int, steady_time> model;
    for (std::size_t i = 0; i < timers.size(); ++i) {
        timers[i].name = static_cast<int>(i);
    }
    steady_time now = start;
    for (int step = 0; step < 20'000; ++step) {
        timer& timer = timers[below(timers.size())];
        if (below(4) == 0) {
            wheel.cancel(timer);
            model.erase(timer.name);
        } else {
            const auto deadline = now + std::chrono::milliseconds(below(5000)) + 100ms;
            wheel.schedule(timer, deadline);
            model[timer.name] = deadline;
        }
        now += std::chrono::milliseconds(below(100) == 0 ? below(10'000) : below(60));
        auto names = due(wheel, now);
        std::sort(names.begin(), names.end());
        std::vector<int> expected;
        const auto tick = start + (now - start) / 100ms * 100ms;
        std::erase_if(model, [&](const auto& entry) {
            if (entry.second <= tick) {
                expected.push_back(entry.first);
                return true;
            }
            return false;
        });
        REQUIRE(names == expected);
    }
}
