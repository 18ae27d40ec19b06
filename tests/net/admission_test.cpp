#include "net/admission.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <chrono>
#include <cstring>
#include <netinet/in.h>

using namespace std::chrono_literals;
using lmqtt::net::address;
using lmqtt::net::admission;
using lmqtt::net::admission_limits;
using lmqtt::net::admission_verdict;
using lmqtt::test::fake_clock;

namespace {

address v4(std::uint32_t number) {
    sockaddr_in native{};
    native.sin_family = AF_INET;
    native.sin_addr.s_addr = htonl(number);
    return address::from_native(reinterpret_cast<const sockaddr&>(native));
}

address v6(std::uint8_t network, std::uint8_t host) {
    sockaddr_in6 native{};
    native.sin6_family = AF_INET6;
    native.sin6_addr.s6_addr[0] = 0x20;
    native.sin6_addr.s6_addr[7] = network;
    native.sin6_addr.s6_addr[15] = host;
    return address::from_native(reinterpret_cast<const sockaddr&>(native));
}

struct door {
    fake_clock clock;
    admission rules;

    explicit door(const admission_limits& limits)
        : rules(limits) {}

    admission_verdict knock(const address& peer, std::uint16_t listener = 0) {
        return rules.admit(peer, listener, clock.now().steady);
    }

    int admitted_of(int tries, const address& peer) {
        int count = 0;
        for (int i = 0; i < tries; ++i) {
            count += knock(peer) == admission_verdict::admitted ? 1 : 0;
        }
        return count;
    }
};

constexpr auto admitted = admission_verdict::admitted;

}  // namespace

TEST_CASE("without limits everybody is admitted and nobody is remembered") {
    door open{admission_limits{}};
    CHECK(open.admitted_of(10'000, v4(1)) == 10'000);
    CHECK(open.rules.connections() == 10'000);
    CHECK(open.rules.known_addresses() == 0);
}

TEST_CASE("the connection above the total limit is refused until one has gone") {
    door limited{{.connections = 3}};
    CHECK(limited.admitted_of(3, v4(1)) == 3);
    CHECK(limited.knock(v4(2)) == admission_verdict::too_many_connections);
    CHECK(limited.rules.connections() == 3);
    limited.rules.release(v4(1), 0, false);
    CHECK(limited.knock(v4(2)) == admitted);
    CHECK(limited.knock(v4(2)) == admission_verdict::too_many_connections);
}

TEST_CASE("each listener has its own limit") {
    door limited{admission_limits{}};
    limited.rules.set_listener_limit(1, 2);
    CHECK(limited.knock(v4(1), 1) == admitted);
    CHECK(limited.knock(v4(1), 1) == admitted);
    CHECK(limited.knock(v4(1), 1) == admission_verdict::too_many_on_listener);
    CHECK(limited.knock(v4(1), 0) == admitted);
    limited.rules.release(v4(1), 1, false);
    CHECK(limited.knock(v4(1), 1) == admitted);
}

TEST_CASE("one address may hold only so many connections, others are not concerned") {
    door limited{{.connections_per_address = 2}};
    CHECK(limited.admitted_of(5, v4(1)) == 2);
    CHECK(limited.knock(v4(1)) == admission_verdict::too_many_from_address);
    CHECK(limited.admitted_of(5, v4(2)) == 2);
    limited.rules.release(v4(1), 0, false);
    CHECK(limited.admitted_of(5, v4(1)) == 1);
}

TEST_CASE("the hosts of an IPv6 /64 count as one") {
    door limited{{.connections_per_address = 2}};
    CHECK(limited.knock(v6(1, 1)) == admitted);
    CHECK(limited.knock(v6(1, 2)) == admitted);
    CHECK(limited.knock(v6(1, 3)) == admission_verdict::too_many_from_address);
    CHECK(limited.knock(v6(2, 1)) == admitted);
}

TEST_CASE("a burst is admitted at once, then the rate applies") {
    door limited{{.connects_per_second = 50, .connect_burst = 200}};
    CHECK(limited.admitted_of(500, v4(1)) == 200);
    CHECK(limited.knock(v4(1)) == admission_verdict::too_fast);
    limited.clock.advance(1s);
    CHECK(limited.admitted_of(500, v4(1)) == 50);
    limited.clock.advance(100ms);
    CHECK(limited.admitted_of(500, v4(1)) == 5);
    limited.clock.advance(1h);
    CHECK(limited.admitted_of(500, v4(1)) == 200);
}

TEST_CASE("knocking without pause does not stop the tokens from coming") {
    door limited{{.connects_per_second = 10, .connect_burst = 1}};
    CHECK(limited.knock(v4(1)) == admitted);
    int count = 0;
    for (int i = 0; i < 1000; ++i) {
        limited.clock.advance(1ms);
        count += limited.knock(v4(1)) == admitted ? 1 : 0;
    }
    CHECK(count >= 9);
    CHECK(count <= 10);
}

TEST_CASE("one address too fast does not slow another") {
    door limited{{.connects_per_second = 1, .connect_burst = 2}};
    CHECK(limited.admitted_of(10, v4(1)) == 2);
    CHECK(limited.admitted_of(10, v4(2)) == 2);
}

TEST_CASE("a UNIX socket has no address to be limited by") {
    door limited{{.connections_per_address = 1, .connects_per_second = 1, .connect_burst = 1}};
    sockaddr native{};
    native.sa_family = AF_UNIX;
    CHECK(limited.admitted_of(100, address::from_native(native)) == 100);
}

TEST_CASE("the memory of idle addresses is bounded and forgets the oldest") {
    door limited{{.connects_per_second = 1, .connect_burst = 2}};
    const auto many = static_cast<std::uint32_t>(admission::remembered_addresses);
    CHECK(limited.admitted_of(3, v4(1)) == 2);
    for (std::uint32_t i = 0; i < many; ++i) {
        REQUIRE(limited.knock(v4(1000 + i)) == admitted);
    }
    CHECK(limited.rules.known_addresses() == admission::remembered_addresses);
    CHECK(limited.knock(v4(1)) == admitted);  // forgotten: its bucket is full again
    CHECK(limited.rules.known_addresses() == admission::remembered_addresses);
}

TEST_CASE("addresses whose bucket is full again are forgotten without being pushed out") {
    door limited{{.connects_per_second = 1, .connect_burst = 2}};
    for (std::uint32_t i = 0; i < 100; ++i) {
        REQUIRE(limited.knock(v4(1000 + i)) == admitted);
    }
    limited.clock.advance(10s);
    for (std::uint32_t i = 0; i < 60; ++i) {
        REQUIRE(limited.knock(v4(1)) == (i < 2 ? admitted : admission_verdict::too_fast));
    }
    CHECK(limited.rules.known_addresses() == 1);
}

TEST_CASE("an address with connections is never forgotten") {
    door limited{{.connections_per_address = 1}};
    CHECK(limited.knock(v4(1)) == admitted);
    for (std::uint32_t i = 0; i < 2 * admission::remembered_addresses; ++i) {
        REQUIRE(limited.knock(v4(1000 + i)) == admitted);
        limited.rules.release(v4(1000 + i), 0, false);
    }
    CHECK(limited.knock(v4(1)) == admission_verdict::too_many_from_address);
}

TEST_CASE("a limit that comes later counts only who came later") {
    door limited{admission_limits{}};
    CHECK(limited.admitted_of(3, v4(1)) == 3);
    limited.rules.set_limits({.connections_per_address = 1});
    CHECK(limited.admitted_of(3, v4(1)) == 1);
    for (int i = 0; i < 4; ++i) {
        limited.rules.release(v4(1), 0, false);
    }
    CHECK(limited.rules.connections() == 0);
    CHECK(limited.admitted_of(3, v4(1)) == 1);
}

TEST_CASE("a connection that a proxy names is counted for that address, or stays nobody's") {
    door open{{.connections_per_address = 2}};
    const address nobody;
    const auto rename = [&open](std::uint32_t number) {
        return open.rules.rename(address(), v4(number), open.clock.now().steady);
    };
    CHECK(open.admitted_of(3, nobody) == 3);
    CHECK(rename(1) == admitted);
    CHECK(rename(1) == admitted);
    CHECK(rename(1) == admission_verdict::too_many_from_address);
    CHECK(open.rules.connections() == 3);
    open.rules.release(nobody, 0, false);
    open.rules.release(v4(1), 0, false);
    CHECK(open.knock(nobody) == admitted);
    CHECK(rename(1) == admitted);
    open.rules.release(v4(1), 0, false);
    open.rules.settle(v4(1));
    open.rules.release(v4(1), 0, true);
    CHECK(open.rules.connections() == 0);
}

TEST_CASE("unfinished handshakes through a proxy count for the address it names") {
    door open{{.pending_per_address = 1}};
    CHECK(open.admitted_of(2, address()) == 2);
    const auto now = open.clock.now().steady;
    CHECK(open.rules.rename(address(), v4(1), now) == admitted);
    CHECK(
        open.rules.rename(address(), v4(1), now) == admission_verdict::too_many_pending_from_address
    );
}

TEST_CASE("who is named twice is counted for the last name only") {
    door open{{.connections_per_address = 1}};
    const auto now = open.clock.now().steady;
    CHECK(open.knock(address()) == admitted);
    CHECK(open.rules.rename(address(), v4(1), now) == admitted);
    CHECK(open.rules.rename(v4(1), v4(2), now) == admitted);
    CHECK(open.rules.rename(v4(2), v4(1), now) == admitted);
    CHECK(open.knock(v4(2)) == admitted);
    open.rules.release(v4(1), 0, false);
    CHECK(open.knock(v4(1)) == admitted);
}
