#include "session/ring.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <memory>
#include <random>

using namespace lmqtt::session;

TEST_CASE("what is pushed keeps its position for life", "[ring]") {
    ring<int> queue;
    CHECK(queue.empty());
    CHECK(queue.push(10) == 0);
    CHECK(queue.push(11) == 1);
    queue.pop_front();
    for (int value = 12; value < 100; ++value) {
        CHECK(queue.push(value) == static_cast<ring<int>::position>(value - 10));
    }
    for (auto at = queue.begin(); at != queue.end(); ++at) {
        CHECK(queue[at] == static_cast<int>(at) + 10);
    }
    CHECK(queue.size() == 89);
    CHECK_FALSE(queue.holds(0));
    CHECK(queue.holds(1));
    CHECK(queue.holds(89));
    CHECK_FALSE(queue.holds(90));
}

TEST_CASE("an empty queue holds no memory", "[ring]") {
    ring<int> queue;
    CHECK(queue.memory() == 0);
    queue.push(1);
    queue.push(2);
    CHECK(queue.memory() > 0);
    queue.pop_front();
    queue.pop_front();
    CHECK(queue.memory() == 0);
    CHECK(queue.push(3) == 2);
}

TEST_CASE("what leaves is destroyed at once", "[ring]") {
    const auto counted = std::make_shared<int>(0);
    ring<std::shared_ptr<int>> queue;
    for (int i = 0; i < 10; ++i) {
        queue.push(counted);
    }
    CHECK(counted.use_count() == 11);
    queue.pop_front();
    CHECK(counted.use_count() == 10);
    queue = {};
    CHECK(counted.use_count() == 1);
}

TEST_CASE("what nothing was taken from yet can be put in order", "[ring]") {
    ring<int> queue;
    queue.sort(std::less<>{});
    for (const int value : {3, 1, 2, 5, 4}) {
        queue.push(value);
    }
    queue.sort(std::less<>{});
    for (int value = 1; value <= 5; ++value) {
        CHECK(queue[static_cast<ring<int>::position>(value - 1)] == value);
    }
}

TEST_CASE("closing gaps keeps the rest in order behind the first", "[ring]") {
    ring<int> queue;
    for (int value = 0; value < 40; ++value) {
        queue.push(value);
    }
    for (int count = 0; count < 5; ++count) {
        queue.pop_front();
    }
    queue.close_gaps([](int value) { return value % 3 != 0; });
    CHECK(queue.begin() == 5);
    REQUIRE(queue.size() == 12);
    for (unsigned at = 0; at < 12; ++at) {
        CHECK(queue[5 + at] == static_cast<int>(at) * 3 + 6);
    }
    CHECK(queue.push(100) == 17);
    queue.close_gaps([](int) { return true; });
    CHECK(queue.empty());
    CHECK(queue.memory() == 0);
}

TEST_CASE("pushes and pops at random are those of a deque", "[ring]") {
    std::mt19937 random(5);
    ring<unsigned> queue;
    std::deque<unsigned> model;
    for (unsigned step = 0; step < 20'000; ++step) {
        const bool growing = step / 1'000 % 2 == 0;
        if (model.empty() || random() % 3 < (growing ? 2U : 1U)) {
            queue.push(step);
            model.push_back(step);
        } else {
            queue.pop_front();
            model.pop_front();
        }
        if (queue.size() != model.size() ||
            (!model.empty() &&
             (queue[queue.begin()] != model.front() || queue[queue.end() - 1] != model.back()))) {
            FAIL("differs at step " << step);
        }
    }
}
