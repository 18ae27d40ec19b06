#include "net/proxy_header.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

using namespace lmqtt::net;
using state = proxy_header::state;

namespace {

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(char command, char family, const std::string& content) {
    std::string header = signature + command + family;
    header += static_cast<char>(content.size() >> 8);
    header += static_cast<char>(content.size());
    return header + content;
}

const std::string v4_addresses("\xc0\x00\x02\x01\xc6\x33\x64\x01\xc0\x01\x07\x5b", 12);

std::string v6_addresses() {
    std::string bytes(36, '\0');
    bytes[0] = 0x20;
    bytes[1] = 0x01;
    bytes[2] = 0x0d;
    bytes[3] = static_cast<char>(0xb8);
    bytes[15] = 0x07;
    bytes[32] = 0x12;
    bytes[33] = 0x34;
    return bytes;
}

std::string extension(char type, const std::string& value) {
    std::string bytes(1, type);
    bytes += static_cast<char>(value.size() >> 8);
    bytes += static_cast<char>(value.size());
    return bytes + value;
}

std::string peer_of(const std::string& bytes) {
    const proxy_header found = parse_proxy_header(bytes);
    REQUIRE(found.is == state::whole);
    REQUIRE(found.size <= bytes.size());
    return found.peer ? found.peer->text() : "nobody";
}

std::vector<std::string> good_headers() {
    return {
        "PROXY TCP4 192.0.2.1 198.51.100.1 49153 1883\r\n",
        "PROXY TCP6 2001:db8::7 2001:db8::1 4660 1883\r\n",
        "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 4660 1883\r\n",
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
        v2(0x21, 0x11, v4_addresses),
        v2(0x21, 0x21, v6_addresses()),
        v2(0x21, 0x11, v4_addresses + extension(4, "") + extension(0x20, std::string(300, 'x'))),
        v2(0x20, 0x00, ""),
        v2(0x20, 0x11, "anything"),
        v2(0x21, 0x00, ""),
        v2(0x21, 0x31, std::string(216, '/')),
    };
}

}  // namespace

TEST_CASE("A16: a header names the peer, in both versions and families") {
    CHECK(peer_of("PROXY TCP4 192.0.2.1 198.51.100.1 49153 1883\r\n") == "192.0.2.1:49153");
    CHECK(peer_of("PROXY TCP6 2001:db8::7 2001:db8::1 4660 1883\r\n") == "[2001:db8::7]:4660");
    CHECK(peer_of("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n") == "192.0.2.1:1");
    CHECK(peer_of(v2(0x21, 0x11, v4_addresses)) == "192.0.2.1:49153");
    CHECK(peer_of(v2(0x21, 0x21, v6_addresses())) == "[2001:db8::7]:4660");
}

TEST_CASE("A16: a proxy that speaks for itself, or does not know, names nobody") {
    CHECK(peer_of("PROXY UNKNOWN\r\n") == "nobody");
    CHECK(peer_of(v2(0x20, 0x11, v4_addresses)) == "nobody");  // LOCAL
    CHECK(peer_of(v2(0x21, 0x00, "")) == "nobody");            // UNSPEC
    CHECK(peer_of(v2(0x21, 0x31, std::string(216, '/'))) == "nobody");
}

TEST_CASE("A16: every header cut anywhere is incomplete, and whole with anything behind it") {
    for (const std::string& header : good_headers()) {
        for (std::size_t size = 0; size < header.size(); ++size) {
            CHECK(parse_proxy_header(header.substr(0, size)).is == state::incomplete);
        }
        for (const std::string& behind : {std::string(), std::string("\x10\x0c", 2), header}) {
            const proxy_header found = parse_proxy_header(header + behind);
            CHECK(found.is == state::whole);
            CHECK(found.size == header.size());
        }
    }
}

TEST_CASE("A16: what cannot become a header is malformed at its first wrong byte") {
    CHECK(parse_proxy_header("\x10").is == state::malformed);
    CHECK(parse_proxy_header("GET / HTTP/1.1\r\n").is == state::malformed);
    CHECK(parse_proxy_header("PROXX").is == state::malformed);
    CHECK(parse_proxy_header(signature.substr(0, 11) + "X").is == state::malformed);
}

TEST_CASE("A16: malformed headers of version 1") {
    for (const char* header :
         {"PROXY \r\n",
          "PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n",
          "PROXY TCP4 192.0.2.1  198.51.100.1 1 2\r\n",
          "PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n",
          "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
          "PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n",
          "PROXY TCP4 192.0.2.1\t198.51.100.1 1 2\r\n",
          "PROXY tcp4 192.0.2.1 198.51.100.1 1 2\r\n"}) {
        INFO(header);
        CHECK(parse_proxy_header(header).is == state::malformed);
    }
    CHECK(parse_proxy_header("PROXY TCP4 " + std::string(200, '1')).is == state::malformed);
}

TEST_CASE("A16: malformed headers of version 2") {
    CHECK(parse_proxy_header(v2(0x31, 0x11, v4_addresses)).is == state::malformed);
    CHECK(parse_proxy_header(v2(0x22, 0x11, v4_addresses)).is == state::malformed);
    CHECK(parse_proxy_header(v2(0x21, 0x41, v4_addresses)).is == state::malformed);
    CHECK(parse_proxy_header(v2(0x21, 0x13, v4_addresses)).is == state::malformed);
    CHECK(parse_proxy_header(v2(0x21, 0x11, v4_addresses.substr(1))).is == state::malformed);
    CHECK(parse_proxy_header(v2(0x21, 0x21, v4_addresses)).is == state::malformed);
    CHECK(parse_proxy_header(signature + "\x21\x11\xff\xff").is == state::malformed);
}

TEST_CASE("A16: an extension that runs over the end of its header is malformed") {
    const std::string whole = extension(4, "abc");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        const std::string header = v2(0x21, 0x11, v4_addresses + whole.substr(0, size));
        CHECK(parse_proxy_header(header).is == state::malformed);
    }
    CHECK(parse_proxy_header(v2(0x21, 0x11, v4_addresses + whole)).is == state::whole);
}

TEST_CASE("A16: random damage never makes a header larger than its bytes") {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        const auto headers = good_headers();
        std::string bytes = headers[random() % headers.size()];
        for (int flips = 0; flips < 3; ++flips) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        const proxy_header found = parse_proxy_header(bytes);
        CHECK(found.size <= bytes.size());
        CHECK((found.is == state::whole) == (found.size > 0));
    }
}
