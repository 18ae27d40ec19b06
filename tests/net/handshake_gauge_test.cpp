#include "net/handshake_gauge.hpp"

#include <catch2/catch.hpp>

#include <string>

using lmqtt::net::handshake_gauge;
using verdict = handshake_gauge::verdict;

namespace {

std::string record(int type, const std::string& content) {
    std::string whole = {static_cast<char>(type), 3, 3};
    whole += static_cast<char>(content.size() >> 8);
    whole += static_cast<char>(content.size());
    return whole + content;
}

std::string header(int type, std::size_t length) {
    return {
        static_cast<char>(type),
        static_cast<char>(length >> 16),
        static_cast<char>(length >> 8),
        static_cast<char>(length)};
}

std::string message(int type, std::size_t length) {
    return header(type, length) + std::string(length, '\1');
}

constexpr int handshake = 22;
constexpr int client_hello = 1;
const std::string cipher_change = record(20, "\1");

// Whole, or a byte at a time: the last that was said.
verdict of(const std::string& wire, bool in_pieces, bool is_1_2 = false) {
    handshake_gauge gauge;
    if (!in_pieces) {
        return gauge.look_at(wire, is_1_2);
    }
    verdict said = verdict::allowed;
    for (std::size_t at = 0; at < wire.size() && said == verdict::allowed; ++at) {
        said = gauge.look_at({&wire[at], 1}, is_1_2);
    }
    return said;
}

// Each byte in a record of its own.
std::string scattered(const std::string& content) {
    std::string wire;
    for (const char c : content) {
        wire += record(handshake, std::string(1, c));
    }
    return wire;
}

}  // namespace

TEST_CASE("a ClientHello that says it is too long is known by its header, however it is cut") {
    const bool in_pieces = GENERATE(false, true);
    const std::size_t most = handshake_gauge::longest_hello;
    CHECK(of(record(handshake, message(client_hello, most)), in_pieces) == verdict::allowed);
    for (const std::size_t length : {most + 1, most * 10, std::size_t{0xffffff}}) {
        CHECK(of(record(handshake, header(client_hello, length)), in_pieces) == verdict::too_long);
        CHECK(of(scattered(header(client_hello, length)), in_pieces) == verdict::too_long);
    }
}

TEST_CASE("the second ClientHello of TLS 1.3 is held to it as well") {
    const bool in_pieces = GENERATE(false, true);
    const std::string first = record(handshake, message(client_hello, 300));
    const std::string second = record(handshake, header(client_hello, 100'000));
    CHECK(of(first + second, in_pieces) == verdict::too_long);
    CHECK(of(first + cipher_change + second, in_pieces) == verdict::too_long);
    CHECK(of(first + cipher_change + first, in_pieces) == verdict::allowed);
}

TEST_CASE("messages that share a record, or fill several, are told apart") {
    const bool in_pieces = GENERATE(false, true);
    const std::string bad = header(client_hello, 100'000);
    CHECK(
        of(record(handshake, message(16, 7) + message(15, 0) + bad), in_pieces) == verdict::too_long
    );
    const std::string certificate = message(11, 20'000);
    const std::string split = record(handshake, certificate.substr(0, 9'000)) +
                              record(handshake, certificate.substr(9'000));
    CHECK(of(split, in_pieces) == verdict::allowed);
    CHECK(of(split + record(handshake, bad), in_pieces) == verdict::too_long);
}

TEST_CASE("what is encrypted says no lengths") {
    const bool in_pieces = GENERATE(false, true);
    const std::string bad = header(client_hello, 100'000);
    CHECK(of(record(23, bad), in_pieces) == verdict::allowed);
    const std::string finished = cipher_change + record(handshake, bad);
    CHECK(of(finished, in_pieces, true) == verdict::encrypted);
}

TEST_CASE("an empty record is nothing") {
    const bool in_pieces = GENERATE(false, true);
    const std::string wire =
        record(handshake, "") + record(23, "") + record(handshake, header(client_hello, 100'000));
    CHECK(of(wire, in_pieces) == verdict::too_long);
}
