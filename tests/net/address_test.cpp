#include "net/address.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

using lmqtt::net::address;
using lmqtt::net::address_family;
using lmqtt::net::address_hash;

namespace {

address make(const std::string& host, std::uint16_t port) {
    sockaddr_storage storage{};
    if (host.find(':') == std::string::npos) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        REQUIRE(inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1);
        std::memcpy(&storage, &v4, sizeof v4);
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        REQUIRE(inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1);
        std::memcpy(&storage, &v6, sizeof v6);
    }
    return address::from_native(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace

TEST_CASE("an address is written as people write it") {
    CHECK(make("192.0.2.7", 1883).text() == "192.0.2.7:1883");
    CHECK(make("2001:db8::1", 1883).text() == "[2001:db8::1]:1883");
    CHECK(make("2001:db8::1", 1883).host() == "2001:db8::1");
    CHECK(address{}.text() == "unknown");
    sockaddr local{};
    local.sa_family = AF_UNIX;
    CHECK(address::from_native(local).text() == "unix");
}

TEST_CASE("an IPv4 address in IPv6 clothes is an IPv4 address") {
    const address mapped = make("::ffff:192.0.2.7", 1883);
    CHECK(mapped.family() == address_family::ipv4);
    CHECK(mapped == make("192.0.2.7", 1883));
}

TEST_CASE("loopback is recognised in every family") {
    CHECK(make("127.0.0.1", 1).is_loopback());
    CHECK(make("127.9.8.7", 1).is_loopback());
    CHECK(make("::1", 1).is_loopback());
    CHECK(make("::ffff:127.0.0.1", 1).is_loopback());
    CHECK_FALSE(make("128.0.0.1", 1).is_loopback());
    CHECK_FALSE(make("::2", 1).is_loopback());
    CHECK_FALSE(make("1::1", 1).is_loopback());
    CHECK_FALSE(address{}.is_loopback());
}

TEST_CASE("a network is an IPv4 address or an IPv6 /64, whatever the port") {
    CHECK(make("192.0.2.7", 1).network() == make("192.0.2.7", 2).network());
    CHECK_FALSE(make("192.0.2.7", 1).network() == make("192.0.2.8", 1).network());
    CHECK(make("2001:db8:0:1::1", 1).network() == make("2001:db8:0:1:ffff::2", 9).network());
    CHECK_FALSE(make("2001:db8:0:1::1", 1).network() == make("2001:db8:0:2::1", 1).network());
}

TEST_CASE("equal addresses have equal hashes and a port counts") {
    const address_hash hash;
    CHECK(hash(make("192.0.2.7", 7)) == hash(make("192.0.2.7", 7)));
    CHECK(hash(make("192.0.2.7", 7)) != hash(make("192.0.2.7", 8)));
}

TEST_CASE("an address is small, because every connection has one") {
    CHECK(sizeof(address) <= 20);
}
