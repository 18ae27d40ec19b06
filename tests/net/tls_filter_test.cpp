#include "net/tls_filter.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <array>

using namespace lmqtt;
using net::tls_context;
using net::tls_filter;
using test::tls_peer;

namespace {

struct ends {
    tls_filter server;
    tls_peer peer;

    ends(const test::tls_files& files, const tls_peer::manner& how)
        : server(std::make_shared<const tls_context>(files.options))
        , peer(files, how) {}

    void send(std::string_view text) {
        std::string wire;
        const std::array pieces = {text};
        server.send(pieces, wire);
        peer.receive_wire(wire);
    }
};

}  // namespace

TEST_CASE("both ends read what the other wrote, in every size of piece") {
    const test::tls_files files;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            ends both(files, {.version = version});
            both.peer.write("hello");
            both.peer.exchange(both.server, piece);
            REQUIRE(both.peer.is_through);
            CHECK(both.peer.server_read == "hello");
            both.send("world");
            CHECK(both.peer.read == "world");
            CHECK(both.peer.server_ended.empty());
        }
    }
}

TEST_CASE("records larger than one piece, and many in one, come out whole and in order") {
    const test::tls_files files;
    ends both(files, {});
    both.peer.exchange(both.server);
    std::string large;
    for (int i = 0; i < 10'000; ++i) {
        large += std::to_string(i);
    }
    both.peer.write(large);
    both.peer.exchange(both.server, 3'000);
    CHECK(both.peer.server_read == large);
    both.send(large);
    CHECK(both.peer.read == large);
}

TEST_CASE("nothing is sent before the handshake, and nothing after the goodbye") {
    const test::tls_files files;
    ends both(files, {});
    std::string wire;
    const std::array early = {std::string_view("early")};
    both.server.send(early, wire);
    both.server.finish(wire);
    CHECK(wire.empty());
    both.peer.exchange(both.server);
    both.server.finish(wire);
    CHECK_FALSE(wire.empty());
    both.peer.receive_wire(wire);
    CHECK(both.peer.closed_cleanly);
    wire.clear();
    both.server.send(early, wire);
    both.server.finish(wire);
    CHECK(wire.empty());
}

TEST_CASE("a goodbye of the peer ends the connection") {
    const test::tls_files files;
    ends both(files, {});
    both.peer.exchange(both.server);
    both.peer.say_goodbye();
    both.peer.exchange(both.server);
    CHECK(both.peer.server_ended == "closed by the peer");
}

TEST_CASE("bytes that are no TLS end the connection with a reason, also in its middle") {
    const test::tls_files files;
    ends both(files, {});
    std::string raw = "GET / HTTP/1.1\r\n\r\n";
    std::vector<char> room(raw.size() + net::filter::held_back);
    std::string answer;
    CHECK(both.server.receive(raw, room, answer).ended == "http request");
    CHECK(both.server.receive(raw, room, answer).ended.empty());
    ends damaged(files, {});
    damaged.peer.exchange(damaged.server);
    std::string noise(100, '\x17');
    const auto got = damaged.server.receive(noise, room, answer);
    CHECK(got.plain.empty());
    CHECK_FALSE(got.ended.empty());
}

TEST_CASE("C14: TLS 1.1 is not spoken, nor 1.2 where only 1.3 is") {
    test::tls_files files;
    const auto is_through = [&files](int version) {
        ends both(files, {.version = version, .ciphers = "ALL:@SECLEVEL=0"});
        both.peer.exchange(both.server);
        return both.peer.is_through && both.peer.server_ended.empty();
    };
    CHECK_FALSE(is_through(TLS1_1_VERSION));
    CHECK(is_through(TLS1_2_VERSION));
    CHECK(is_through(TLS1_3_VERSION));
    files.options.min_version = tls_version::v1_3;
    CHECK_FALSE(is_through(TLS1_2_VERSION));
    CHECK(is_through(TLS1_3_VERSION));
}

TEST_CASE("C14: by default TLS 1.2 has forward secrecy and authenticated encryption, or nothing") {
    const test::tls_files files;
    const auto is_through = [&files](const char* ciphers) {
        ends both(files, {.version = TLS1_2_VERSION, .ciphers = ciphers});
        both.peer.exchange(both.server);
        return both.peer.is_through;
    };
    CHECK(is_through("ECDHE+AESGCM"));
    CHECK(is_through("ECDHE+CHACHA20"));
    CHECK_FALSE(is_through("AES128-GCM-SHA256"));
    CHECK_FALSE(is_through("ECDHE-ECDSA-AES128-SHA"));
}

TEST_CASE("C14: of client certificates only those that stand the check are taken") {
    test::tls_files files;
    const test::authority other("another");
    const test::issued good = files.by.issue({.subject = {{"CN", "good"}}});
    const test::issued gone = files.by.issue({.subject = {{"CN", "gone"}}, .to_seconds = -60});
    const test::issued early = files.by.issue({.subject = {{"CN", "early"}}, .from_seconds = 1800});
    const test::issued strange = other.issue({.subject = {{"CN", "good"}}});
    const test::issued revoked = files.by.issue({.subject = {{"CN", "revoked"}}});
    files.options.crl_file = files.file("ca.crl", files.by.revocations_pem({&revoked}));
    files.options.identity_as_username = certificate_identity::cn;
    const auto name_for = [&files](const test::issued* certificate) {
        ends both(files, {.certificate = certificate});
        both.peer.write("x");
        both.peer.exchange(both.server);
        const bool came_in = both.peer.server_read == "x";
        CHECK(came_in == both.peer.server_ended.empty());
        return came_in ? "in: " + both.server.proved_name() : "out: " + both.peer.server_ended;
    };
    for (const auto asked : {client_certificate::optional, client_certificate::required}) {
        files.options.client_certificate = asked;
        CHECK(name_for(&good) == "in: good");
        CHECK(name_for(&gone) == "out: certificate has expired");
        CHECK(name_for(&early) == "out: certificate is not yet valid");
        CHECK(name_for(&strange).starts_with("out: "));
        CHECK(name_for(&revoked) == "out: certificate revoked");
        const bool required = asked == client_certificate::required;
        CHECK(name_for(nullptr) == (required ? "out: peer did not return a certificate" : "in: "));
    }
    files.options.client_certificate = client_certificate::none;
    CHECK(name_for(&good) == "in: ");
}

TEST_CASE("B16: a client cannot have the handshake done again") {
    const test::tls_files files;
    ends both(files, {.version = TLS1_2_VERSION});
    both.peer.exchange(both.server);
    REQUIRE(both.peer.is_through);
    CHECK_FALSE(both.peer.can_renegotiate(both.server));
}

TEST_CASE("B16: a handshake that announces more than any has ends before memory is taken for it") {
    const test::tls_files files;
    const auto ended = [&files](const std::string& length) {
        ends both(files, {});
        std::string wire = "\x16\3\1" + std::string("\0\6\1", 3) + length + "\3\3";
        std::vector<char> room(wire.size() + net::filter::held_back);
        std::string answer;
        std::string_view why;
        for (char& byte : wire) {
            why = both.server.receive({&byte, 1}, room, answer).ended;
            if (!why.empty()) {
                break;
            }
        }
        return std::string(why);
    };
    CHECK(ended(std::string("\1\xff\xb8", 3)) == "TLS handshake message too long");
    CHECK(ended(std::string("\0\x20\1", 3)) == "TLS handshake message too long");
    CHECK(ended(std::string("\0\x20\0", 3)).empty());
}
