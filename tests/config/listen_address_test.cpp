#include <lmqtt/listen_address.hpp>

#include <catch2/catch.hpp>

using namespace lmqtt;

namespace {

bool local(const char* text) {
    const std::optional<listen_address> address = parse_listen_address(text);
    REQUIRE(address);
    return is_local(*address);
}

}  // namespace

TEST_CASE("an address is a host and a port, or the path of a socket") {
    CHECK(parse_listen_address("127.0.0.1:1883") == listen_address{"127.0.0.1", 1883, ""});
    CHECK(parse_listen_address("[::1]:1883") == listen_address{"::1", 1883, ""});
    CHECK(parse_listen_address(":0") == listen_address{"", 0, ""});
    CHECK(parse_listen_address("broker.example:1") == listen_address{"broker.example", 1, ""});
    CHECK(parse_listen_address("unix:/run/a:b") == listen_address{"", 0, "/run/a:b"});
}

TEST_CASE("a socket path that the system could not bind is refused") {
    CHECK(parse_listen_address("unix:/" + std::string(106, 'a')));
    CHECK_FALSE(parse_listen_address("unix:/" + std::string(107, 'a')));
}

TEST_CASE("only loopback addresses and UNIX sockets are local") {
    for (const char* text :
         {"127.0.0.1:1",
          "127.9.9.9:1",
          "[::1]:1",
          "[::ffff:127.0.0.1]:1",
          "localhost:1",
          "unix:/a"}) {
        INFO(text);
        CHECK(local(text));
    }
    for (const char* text :
         {":1",
          "0.0.0.0:1",
          "[::]:1",
          "192.0.2.1:1",
          "[2001:db8::1]:1",
          "[::ffff:192.0.2.1]:1",
          "128.0.0.1:1",
          "127.0.0.1.example:1",
          "localhost.example:1",
          "[::2]:1"}) {
        INFO(text);
        CHECK_FALSE(local(text));
    }
}
