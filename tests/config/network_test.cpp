#include <lmqtt/network.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace lmqtt;

namespace {

std::vector<std::uint8_t> raw(const std::string& text) {
    const bool is_v6 = text.find(':') != std::string::npos;
    std::vector<std::uint8_t> bytes(is_v6 ? 16 : 4);
    REQUIRE(inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1);
    return bytes;
}

bool has(const char* network, const char* address) {
    const auto parsed = parse_network(network);
    REQUIRE(parsed);
    return parsed->contains(raw(address));
}

}  // namespace

TEST_CASE("an address alone is a network of one") {
    CHECK(has("192.0.2.10", "192.0.2.10"));
    CHECK_FALSE(has("192.0.2.10", "192.0.2.11"));
    CHECK(has("2001:db8::1", "2001:db8::1"));
    CHECK_FALSE(has("2001:db8::1", "2001:db8::2"));
}

TEST_CASE("a network has the addresses that share its prefix, to the bit") {
    CHECK(has("192.0.2.128/25", "192.0.2.255"));
    CHECK_FALSE(has("192.0.2.128/25", "192.0.2.127"));
    CHECK(has("10.0.0.0/8", "10.255.255.255"));
    CHECK_FALSE(has("10.0.0.0/8", "11.0.0.0"));
    CHECK(has("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(has("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(has("0.0.0.0/0", "203.0.113.9"));
    CHECK(has("::/0", "2001:db8::1"));
}

TEST_CASE("an address of the other family is in no network") {
    CHECK_FALSE(has("0.0.0.0/0", "::1"));
    CHECK_FALSE(has("::/0", "127.0.0.1"));
    CHECK_FALSE(parse_network("::/0")->contains({}));
}

TEST_CASE("what is no address, or has bits behind its prefix, is refused") {
    for (const char* text :
         {"",
          "localhost",
          "192.0.2",
          "192.0.2.1/33",
          "192.0.2.1/",
          "192.0.2.1/x",
          "192.0.2.1/24",
          "192.0.2.0/-1",
          "2001:db8::/129",
          "2001:db8::1/64",
          "[::1]",
          "192.0.2.1 ",
          "/8"}) {
        INFO(text);
        CHECK_FALSE(parse_network(text));
    }
}

TEST_CASE("an IPv4 network in IPv6 clothes is the IPv4 network it is") {
    CHECK(parse_network("::ffff:192.0.2.10") == parse_network("192.0.2.10"));
    CHECK(parse_network("::ffff:192.0.2.0/120") == parse_network("192.0.2.0/24"));
    CHECK(parse_network("::ffff:0:0/96") == parse_network("0.0.0.0/0"));
    CHECK(parse_network("::fffe:0:0/96")->is_v6);
    CHECK(parse_network("::/0")->is_v6);
}
