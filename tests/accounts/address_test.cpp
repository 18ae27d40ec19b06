#include "accounts/address.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;

namespace {

bool within(const char* range, const char* address) {
    const auto parsed = lmqtt::parse_network(range);
    REQUIRE(parsed);
    return is_in(*parsed, parse_address(address).value());
}

}  // namespace

TEST_CASE("an address is read with and without its port", "[address]") {
    const auto four = parse_address("192.0.2.7");
    REQUIRE(four);
    CHECK(parse_address("192.0.2.7:49152") == four);
    CHECK(parse_address("::ffff:192.0.2.7") == four);
    const auto six = parse_address("2001:db8::1");
    REQUIRE(six);
    CHECK(parse_address("[2001:db8::1]:49152") == six);
    CHECK(parse_address("[2001:db8::1]") == six);
    CHECK(six != four);
}

TEST_CASE("what is no address is none", "[address]") {
    for (const char* const wrong :
         {"", "unix", "localhost", "1.2.3", "1.2.3.256", "[::1", "2001:db8::g", "1.2.3.4/8", "*"}) {
        INFO(wrong);
        CHECK_FALSE(parse_address(wrong));
    }
}

TEST_CASE("neighbours in a /64 of IPv6 are counted as one, those in IPv4 are not", "[address]") {
    const auto key = [](const char* text) { return counting_key(parse_address(text).value()); };
    CHECK(key("2001:db8::1") == key("2001:db8::ffff:2"));
    CHECK(key("2001:db8::1") != key("2001:db8:0:1::1"));
    CHECK(key("192.0.2.1") != key("192.0.2.2"));
    CHECK(key("::ffff:192.0.2.1") == key("192.0.2.1"));
}

TEST_CASE("a network has addresses of its own kind, however they are spelled", "[address]") {
    CHECK(within("192.0.2.0/24", "192.0.2.255"));
    CHECK(within("192.0.2.0/24", "::ffff:192.0.2.255"));
    CHECK_FALSE(within("192.0.2.0/24", "192.0.3.0"));
    CHECK_FALSE(within("0.0.0.0/0", "2001:db8::1"));
    CHECK_FALSE(within("::/0", "192.0.2.1"));
    CHECK(within("2001:db8::/33", "[2001:db8:7fff::1]:1883"));
    CHECK_FALSE(within("2001:db8::/33", "2001:db8:8000::1"));
}
