#include "door.hpp"
#include "net/gate.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <future>

using namespace std::chrono_literals;
using lmqtt::base::steady_time;
using lmqtt::net::visit;
using lmqtt::net::test::door;

TEST_CASE("a place is free again when the visit ends, and not before") {
    door here({.connections = 1});
    {
        const visit held = here.admit();
        CHECK_FALSE(here.has_room());
    }
    CHECK(here.has_room());
}

TEST_CASE("a listener's limit is that listener's") {
    door here;
    here.ours.set_listener_limit(1, 1);
    visit held = here.admit(1, 1);
    CHECK_FALSE(here.has_room(1, 1));
    CHECK(here.has_room(1, 0));
    held = visit();
    CHECK(here.has_room(1, 1));
}

TEST_CASE("whoever waits for an empty house is told when the last visit ends") {
    door here;
    visit first = here.admit(1);
    visit second = here.admit(2);
    here.ours.wait_until_empty(steady_time::clock::now() - 1s);  // its patience has ended already
    auto emptied =
        std::async(std::launch::async, [&] { here.ours.wait_until_empty(steady_time::max()); });
    first = visit();
    CHECK(emptied.wait_for(0s) == std::future_status::timeout);
    second = visit();
    emptied.get();
}
