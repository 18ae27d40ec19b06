#include "accounts/address.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace lmqtt::accounts;

namespace {

bool within(const char* range, const char* address) {
    const auto parsed = address_range::parse(range);
    REQUIRE(parsed);
    return parsed->contains(parse_address(address).value());
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

TEST_CASE("a range has the addresses that begin as it does", "[address]") {
    CHECK(within("192.0.2.7", "192.0.2.7"));
    CHECK_FALSE(within("192.0.2.7", "192.0.2.6"));
    CHECK(within("192.0.2.0/24", "192.0.2.255"));
    CHECK_FALSE(within("192.0.2.0/24", "192.0.3.0"));
    CHECK(within("192.0.2.64/26", "192.0.2.127"));
    CHECK_FALSE(within("192.0.2.64/26", "192.0.2.128"));
    CHECK(within("0.0.0.0/0", "8.8.8.8"));
    CHECK_FALSE(within("0.0.0.0/0", "2001:db8::1"));
    CHECK(within("::/0", "2001:db8::1"));
    CHECK(within("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(within("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(within("192.0.2.7/32", "192.0.2.7"));
    CHECK_FALSE(within("2001:db8::1/128", "2001:db8::2"));
}

TEST_CASE("what is no range is none", "[address]") {
    for (const char* const wrong :
         {"",
          "192.0.2.0/33",
          "2001:db8::/129",
          "192.0.2.0/",
          "192.0.2.0/-1",
          "/8",
          "x/8",
          "[::1]"}) {
        INFO(wrong);
        CHECK_FALSE(address_range::parse(wrong));
    }
}

TEST_CASE("a range of so many bits is what a comparison of so many bits says", "[address]") {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        const auto bits = static_cast<unsigned>(random() % 33);
        const std::uint32_t first = static_cast<std::uint32_t>(random());
        const std::uint32_t other = first ^ (1U << (random() % 32));
        const auto text = [](std::uint32_t address) {
            return std::to_string(address >> 24) + "." + std::to_string((address >> 16) & 255) +
                   "." + std::to_string((address >> 8) & 255) + "." + std::to_string(address & 255);
        };
        const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
        const std::string range = text(first) + "/" + std::to_string(bits);
        REQUIRE(within(range.c_str(), text(other).c_str()) == ((first & mask) == (other & mask)));
    }
}
