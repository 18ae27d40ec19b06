#include "base/clock.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using lmqtt::base::instant;

TEST_CASE("an instant moves on both scales at once") {
    const instant start{lmqtt::base::steady_time(1s), lmqtt::base::wall_time(5s)};
    const instant later = start + 250ms;
    CHECK(later.steady == lmqtt::base::steady_time(1250ms));
    CHECK(later.wall == lmqtt::base::wall_time(5250ms));
    CHECK(later + (-250ms) == start);
}

TEST_CASE("the real clock tells both times of the operating system") {
    const lmqtt::base::real_clock clock;
    const auto steady_before = std::chrono::steady_clock::now();
    const auto wall_before = std::chrono::system_clock::now();
    const instant now = clock.now();
    CHECK(now.steady >= steady_before);
    CHECK(now.steady <= std::chrono::steady_clock::now());
    // The wall clock may be set while we run; it is not off by a day.
    CHECK(std::chrono::abs(now.wall - wall_before) < 24h);
}

TEST_CASE("a fake clock stands still until it is moved") {
    lmqtt::test::fake_clock clock;
    const instant before = clock.now();
    CHECK(clock.now() == before);
    clock.advance(2h);
    CHECK(clock.now() == before + 2h);
}
