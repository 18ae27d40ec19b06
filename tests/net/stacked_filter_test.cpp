#include "net/stacked_filter.hpp"
#include "net/tls_filter.hpp"
#include "net/websocket_filter.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <array>

using namespace lmqtt;

namespace {

const std::string upgrade_request =
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: mqtt\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n";

std::unique_ptr<net::filter> secure_websocket(const test::tls_files& files) {
    auto rules = std::make_shared<net::websocket_rules>();
    rules->trusted_proxies = {*parse_network("192.0.2.1")};
    return std::make_unique<net::stacked_filter>(
        std::make_unique<net::tls_filter>(std::make_shared<const net::tls_context>(files.options)),
        std::make_unique<net::websocket_filter>(rules, net::address::from_text("192.0.2.1"))
    );
}

}  // namespace

TEST_CASE("A17: WebSocket over TLS: the upgrade, frames both ways, and both goodbyes, byte by byte"
) {
    test::tls_files files;
    files.options.client_certificate = client_certificate::required;
    files.options.identity_as_username = certificate_identity::cn;
    const test::issued sensor = files.by.issue({.subject = {{"CN", "sensor"}}});
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
        const auto server = secure_websocket(files);
        test::tls_peer peer(files, {.certificate = &sensor});
        peer.write(upgrade_request);
        peer.exchange(*server, piece);
        CHECK(peer.read.starts_with("HTTP/1.1 101 "));
        CHECK(peer.read.ends_with("\r\n\r\n"));
        CHECK(server->proved_name() == "sensor");
        REQUIRE(server->told_peer());
        peer.read.clear();
        peer.write(std::string("\x82\x82\0\0\0\0hi\x89\x81\0\0\0\0p", 15));
        peer.exchange(*server, piece);
        CHECK(peer.server_read == "hi");
        CHECK(peer.read == std::string("\x8a\x01p"));
        peer.read.clear();
        std::string wire;
        const std::array pieces = {std::string_view("you"), std::string_view("!")};
        server->send(pieces, wire);
        server->finish(wire);
        peer.receive_wire(wire);
        CHECK(peer.read == std::string("\x82\x04you!\x88\x02\x03\xe8"));
        CHECK(peer.closed_cleanly);
    }
}

TEST_CASE("a refused upgrade is answered through TLS") {
    const test::tls_files files;
    const auto server = secure_websocket(files);
    test::tls_peer peer(files, {});
    peer.write("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.exchange(*server);
    CHECK(peer.read.starts_with("HTTP/1.1 404 "));
    CHECK(peer.server_ended == "WebSocket: no such path");
}
