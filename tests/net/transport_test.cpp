#include "net/transport.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using net::address;
using net::transport;

namespace {

const address proxy = address::from_text("192.0.2.1");
const address stranger = address::from_text("198.51.100.1");

}  // namespace

TEST_CASE("a plain listener has no filter, and takes everybody for who he is") {
    const transport plain(listener_config{});
    CHECK(plain.make_filter(stranger) == nullptr);
    CHECK(plain.welcomes(stranger));
    CHECK_FALSE(plain.expects_name(stranger));
    CHECK(plain.tls() == nullptr);
}

TEST_CASE("A16: where a PROXY header is expected, only proxies are taken, and have to name others"
) {
    listener_config options;
    options.proxy_protocol = true;
    options.proxy_trusted = {"192.0.2.0/24", "2001:db8::/32"};
    const transport proxied(options);
    CHECK(proxied.welcomes(proxy));
    CHECK(proxied.welcomes(address::from_text("2001:db8::5")));
    CHECK_FALSE(proxied.welcomes(stranger));
    CHECK(proxied.expects_name(proxy));
    const auto made = proxied.make_filter(proxy);
    REQUIRE(made);
    std::string header = "PROXY TCP4 203.0.113.9 198.51.100.1 1 2\r\nmqtt";
    std::vector<char> room(header.size() + net::filter::held_back);
    std::string answer;
    CHECK(made->receive(header, room, answer).plain == "mqtt");
    CHECK(made->is_done());
}

TEST_CASE(
    "a listener that only its trusted proxies' headers name peers of, takes others as they are"
) {
    listener_config options;
    options.websocket = websocket_options{.trusted_proxies = {"192.0.2.1"}};
    const transport websocket(options);
    CHECK(websocket.welcomes(stranger));
    CHECK(websocket.expects_name(proxy));
    CHECK_FALSE(websocket.expects_name(stranger));
}

TEST_CASE("TLS begins with a context, and takes another for later connections") {
    const test::tls_files files;
    listener_config options;
    options.tls = files.options;
    transport secure(options);
    REQUIRE(secure.tls());
    CHECK(secure.make_filter(stranger));
    const auto renewed = std::make_shared<const net::tls_context>(files.options);
    secure.use(renewed);
    CHECK(secure.tls() == renewed);
    options.tls->cert_file = "/nonexistent";
    CHECK_THROWS_AS(transport(options), std::runtime_error);
}
