#include "broker/elision_wait.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using broker::elision_wait;
using std::chrono::microseconds;
using namespace std::chrono_literals;

namespace {

constexpr base::steady_time start{std::chrono::hours(1)};

change::delivery_saved delivery(std::uint64_t session, std::uint64_t position) {
    change::delivery_saved made{};
    made.session_id = session;
    made.position = position;
    return made;
}

change::delivery_removed acknowledgement(std::uint64_t session, std::uint64_t position) {
    return {1, session, position};
}

// One delivery, acknowledged after `taken`; returns when.
base::steady_time exchange(elision_wait& wait, base::steady_time at, microseconds taken) {
    wait.sent(delivery(1, 5));
    wait.end_turn(at);
    at += taken;
    wait.acknowledged(acknowledgement(1, 5));
    wait.end_turn(at);
    return at;
}

}  // namespace

TEST_CASE("nothing waits for receivers of whom nothing is known", "[elision]") {
    elision_wait wait;
    CHECK(wait.now() == 0us);
    wait.sent(delivery(1, 5));
    wait.end_turn(start);
    CHECK(wait.now() == 0us);
}

TEST_CASE("the wait is twice what a receiver took", "[elision]") {
    elision_wait wait;
    exchange(wait, start, 400us);
    CHECK(wait.now() == 800us);
}

TEST_CASE("it follows receivers slowly, and ends where it would only cost time", "[elision]") {
    elision_wait wait;
    auto at = exchange(wait, start, 400us);
    at = exchange(wait, at, 1200us);
    CHECK(wait.now() == 1000us);
    for (int times = 0; times < 100; ++times) {
        at = exchange(wait, at, 5ms);
    }
    CHECK(wait.now() == 0us);
    for (int times = 0; times < 100; ++times) {
        at = exchange(wait, at, 300us);
    }
    CHECK(wait.now() > 500us);
    CHECK(wait.now() < 700us);
}

TEST_CASE("one delivery is watched at a time, and no other's acknowledgement counts", "[elision]") {
    elision_wait wait;
    wait.sent(delivery(1, 5));
    wait.end_turn(start);
    wait.sent(delivery(2, 5));
    wait.acknowledged(acknowledgement(2, 5));
    wait.acknowledged(acknowledgement(1, 6));
    wait.end_turn(start + 100us);
    CHECK(wait.now() == 0us);
    wait.acknowledged(acknowledgement(1, 5));
    wait.end_turn(start + 600us);
    CHECK(wait.now() == 1200us);
}

TEST_CASE("whoever does not acknowledge at all is not waited for", "[elision]") {
    elision_wait wait;
    auto at = exchange(wait, start, 100us);
    for (int times = 0; times < 2; ++times) {
        wait.sent(delivery(1, 6));
        wait.end_turn(at);
        at += 25ms;
        wait.end_turn(at);
    }
    CHECK(wait.now() == 0us);
}
