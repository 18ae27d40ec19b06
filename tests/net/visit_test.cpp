#include "door.hpp"
#include "net/visit.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

using lmqtt::net::admission_verdict;
using lmqtt::net::visit;
using lmqtt::net::test::door;
using lmqtt::net::test::host;

TEST_CASE("a visit ends with what an exception ends") {
    door here({.connections = 1});
    const auto fail = [&] {
        const visit held = here.admit();
        throw std::runtime_error("no room for its reader");
    };
    CHECK_THROWS(fail());
    CHECK(here.has_room());
}

TEST_CASE("a visit that moves is one visit") {
    door here;
    visit first = here.admit(5, 3);
    std::optional<visit> second(std::move(first));
    first = visit();
    CHECK(here.ours.connections() == 1);
    CHECK(second->peer() == host(5));
    CHECK(second->listener() == 3);
    SECTION("what it is moved to has ended") {
        visit third = here.admit();
        third = std::move(*second);
        CHECK(here.ours.connections() == 1);
        second.reset();
        CHECK(here.ours.connections() == 1);
        CHECK(third.peer() == host(5));
    }
    SECTION("it may be moved to itself") {
        visit& same = *second;
        same = std::move(*second);
        CHECK(here.ours.connections() == 1);
        CHECK(same.peer() == host(5));
    }
}

TEST_CASE("who is not admitted is not counted") {
    door here({.connections = 1});
    const visit held = here.admit();
    {
        visit other(host(2), 0);
        CHECK(here.ours.admit(other, {}) == admission_verdict::too_many_connections);
        other.settle();
        CHECK(other.rename(host(3), {}));
    }
    CHECK(here.ours.connections() == 1);
}

TEST_CASE("a handshake is over once") {
    door here({.pending = 1});
    visit first = here.admit();
    CHECK_FALSE(here.has_room());
    first.settle();
    first.settle();
    visit second = here.admit();
    CHECK_FALSE(here.has_room());
    first = visit();  // it is not counted out of the handshakes again
    CHECK_FALSE(here.has_room());
    second = visit();
    CHECK(here.has_room());
}

TEST_CASE("a visit that a proxy has named is counted out under its name") {
    door here({.connections_per_address = 1});
    visit first = here.admit_unnamed();
    CHECK(here.has_room(99));  // nobody is not the proxy
    REQUIRE(first.rename(host(7), {}));
    CHECK(first.peer() == host(7));
    CHECK_FALSE(here.has_room(7));
    visit other = here.admit_unnamed();
    CHECK_FALSE(other.rename(host(7), {}));
    CHECK(other.peer() == host(99));
    CHECK(other.rename(host(8), {}));
    first = visit();
    CHECK(here.has_room(7));
    CHECK_FALSE(here.has_room(8));
}
