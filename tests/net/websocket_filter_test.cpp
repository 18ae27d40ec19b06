#include "net/websocket_filter.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace lmqtt::net;

namespace {

const std::string upgrade_request =
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: mqtt\r\n";

struct frame {
    unsigned opcode = 2;
    std::string payload = {};
    bool fin = true;
    bool masked = true;
    unsigned reserved = 0;

    std::string text() const {
        std::string all(1, static_cast<char>((fin ? 0x80U : 0U) | reserved << 4 | opcode));
        const unsigned mask_bit = masked ? 0x80 : 0;
        const std::size_t size = payload.size();
        const std::size_t more = size > 0xffff ? 8 : (size > 125 ? 2 : 0);
        const std::size_t first = more == 8 ? 127 : (more == 2 ? 126 : size);
        all += static_cast<char>(mask_bit | first);
        for (std::size_t at = more; at > 0; --at) {
            all += static_cast<char>(size >> (8 * (at - 1)));
        }
        const std::string mask("\x12\x34\x56\x78", 4);
        all += masked ? mask : "";
        for (std::size_t at = 0; at < size; ++at) {
            all += static_cast<char>(payload[at] ^ (masked ? mask[at % 4] : 0));
        }
        return all;
    }
};

// What a connection does with a filter, with memory of its own for every call.
struct exchange {
    explicit exchange(std::unique_ptr<filter> of)
        : under_test(std::move(of)) {}

    exchange()
        : exchange(std::make_unique<websocket_filter>(
              std::make_shared<const websocket_rules>(), address::from_text("192.0.2.1")
          )) {}

    void receive(const std::string& bytes) {
        std::vector<char> raw(bytes.begin(), bytes.end());
        std::vector<char> room(raw.size() + filter::held_back);
        const filtered got = under_test->receive(raw, room, answer);
        plain += got.plain;
        if (!got.ended.empty()) {
            ended = got.ended;
        }
    }

    exchange& opened() {
        receive(upgrade_request + "\r\n");
        REQUIRE(answer.starts_with("HTTP/1.1 101 "));
        answer.clear();
        return *this;
    }

    std::unique_ptr<filter> under_test;
    std::string plain;
    std::string answer;
    std::string ended;
};

std::string close_frame(unsigned code) {
    return std::string("\x88\x02", 2) + static_cast<char>(code >> 8) + static_cast<char>(code);
}

// What came before is answered before the close, and nothing after it.
void check_refused(const std::string& bytes, unsigned code) {
    exchange with;
    with.opened().receive(bytes);
    CHECK_FALSE(with.ended.empty());
    CHECK(with.answer.empty());
    with.receive(frame{.payload = "ignored"}.text());
    CHECK(with.plain.find("ignored") == std::string::npos);
    std::string wire;
    const std::vector<std::string_view> pieces = {"said"};
    with.under_test->send(pieces, wire);
    with.under_test->finish(wire);
    with.under_test->send(pieces, wire);
    with.under_test->finish(wire);
    CHECK(wire == "\x82\x04said" + close_frame(code));
}

}  // namespace

TEST_CASE("[MQTT-6.0.0-1] binary frames are the bytes of the protocol, whatever their bounds") {
    exchange with;
    with.opened().receive(frame{.payload = "ab"}.text() + frame{.payload = ""}.text());
    with.receive(frame{.payload = "c", .fin = false}.text());
    with.receive(frame{.opcode = 0, .payload = "d", .fin = false}.text());
    with.receive(frame{.opcode = 0, .payload = "e"}.text() + frame{.payload = "f"}.text());
    CHECK(with.plain == "abcdef");
    CHECK(with.ended.empty());
    CHECK(with.answer.empty());
}

TEST_CASE("A17: frames and the upgrade may be cut at every byte") {
    const std::string all = upgrade_request + "\r\n" + frame{.payload = "hello"}.text() +
                            frame{.opcode = 9, .payload = "ping"}.text() +
                            frame{.payload = std::string(300, 'x')}.text() +
                            frame{.payload = std::string(70'000, 'y')}.text();
    exchange whole;
    whole.receive(all);
    exchange by_byte;
    for (const char byte : all) {
        by_byte.receive(std::string(1, byte));
    }
    CHECK(whole.plain == "hello" + std::string(300, 'x') + std::string(70'000, 'y'));
    CHECK(by_byte.plain == whole.plain);
    CHECK(by_byte.answer == whole.answer);
    const std::string beginning = all.substr(0, upgrade_request.size() + 400);
    for (std::size_t cut = 1; cut < beginning.size(); ++cut) {
        exchange with;
        with.receive(beginning.substr(0, cut));
        with.receive(beginning.substr(cut));
        exchange uncut;
        uncut.receive(beginning);
        CHECK(with.plain == uncut.plain);
    }
}

TEST_CASE("A17: random frames in random pieces give back their payloads") {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        std::string all;
        std::string expected;
        bool in_message = false;
        for (int count = 0; count < 20; ++count) {
            if (random() % 4 == 0) {
                all +=
                    frame{
                        .opcode = random() % 2 == 0 ? 9U : 10U,
                        .payload = std::string(random() % 126, 'p')}
                        .text();
                continue;
            }
            const std::string payload(random() % 3 == 0 ? random() % 70'000 : random() % 200, 'm');
            const bool fin = random() % 2 == 0;
            all += frame{.opcode = in_message ? 0U : 2U, .payload = payload, .fin = fin}.text();
            in_message = !fin;
            expected += payload;
        }
        exchange with;
        with.opened();
        while (!all.empty()) {
            const std::size_t size = std::min<std::size_t>(all.size(), 1 + random() % 20'000);
            with.receive(all.substr(0, size));
            all.erase(0, size);
        }
        CHECK(with.plain == expected);
        CHECK(with.ended.empty());
    }
}

TEST_CASE("A17: a ping is answered with its payload, also between the frames of a message") {
    exchange with;
    with.opened().receive(
        frame{.payload = "a", .fin = false}.text() + frame{.opcode = 9, .payload = "now?"}.text() +
        frame{.opcode = 0, .payload = "b"}.text() + frame{.opcode = 10, .payload = "x"}.text()
    );
    CHECK(with.plain == "ab");
    CHECK(with.answer == std::string("\x8a\x04now?"));
}

TEST_CASE("A17: what breaks the rules of frames ends the connection with the code for it") {
    check_refused(frame{.payload = "a", .masked = false}.text(), 1002);
    check_refused(frame{.payload = "a", .reserved = 4}.text(), 1002);
    check_refused(frame{.payload = "a", .reserved = 1}.text(), 1002);
    check_refused(frame{.opcode = 0, .payload = "a"}.text(), 1002);
    check_refused(frame{.opcode = 3, .payload = "a"}.text(), 1002);
    check_refused(frame{.opcode = 11, .payload = "a"}.text(), 1002);
    check_refused(frame{.opcode = 9, .payload = "a", .fin = false}.text(), 1002);
    check_refused(frame{.opcode = 9, .payload = std::string(126, 'a')}.text(), 1002);
    check_refused(frame{.payload = "a", .fin = false}.text() + frame{.payload = "b"}.text(), 1002);
    check_refused(std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10), 1002);
    check_refused(std::string("\x82\xfe\x00\x05\x01\x01\x01\x01hello", 13), 1002);
}

TEST_CASE("[MQTT-6.0.0-1] a text frame ends the connection") {
    check_refused(frame{.opcode = 1, .payload = "text"}.text(), 1003);
}

TEST_CASE("A17: a frame may claim any length, nothing is held for it") {
    exchange with;
    with.opened().receive(std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14));
    with.receive("abc");
    CHECK(with.plain == "abc");
    CHECK(with.ended.empty());
}

TEST_CASE("A17: a close is answered with its code, a malformed one with 1002") {
    for (const unsigned code : {1000U, 1001U, 1011U, 3000U, 4999U}) {
        exchange with;
        with.opened().receive(frame{.opcode = 8, .payload = close_frame(code).substr(2)}.text());
        CHECK(with.ended == "closed by the peer");
        check_refused(frame{.opcode = 8, .payload = close_frame(code).substr(2)}.text(), code);
    }
    check_refused(frame{.opcode = 8}.text(), 1000);
    for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 2999U, 5000U}) {
        check_refused(frame{.opcode = 8, .payload = close_frame(code).substr(2)}.text(), 1002);
    }
    check_refused(frame{.opcode = 8, .payload = "a"}.text(), 1002);
}

TEST_CASE("A17: the reason of a close is UTF-8, or the close is answered with 1007") {
    const std::string normal = close_frame(1000).substr(2);
    check_refused(frame{.opcode = 8, .payload = normal + "\xe2\x82\xac"}.text(), 1000);
    check_refused(frame{.opcode = 8, .payload = normal + "\xe2\x82"}.text(), 1007);
}

TEST_CASE("what is sent is one binary frame without a mask, with the shortest length") {
    const auto sent = [](std::size_t size) {
        exchange with;
        with.opened();
        const std::string half(size / 2, 'a');
        const std::string rest(size - size / 2, 'b');
        std::string wire;
        const std::vector<std::string_view> pieces = {half, rest};
        with.under_test->send(pieces, wire);
        CHECK(wire.ends_with(half + rest));
        return wire.substr(0, wire.size() - size);
    };
    CHECK(sent(0) == std::string("\x82\x00", 2));
    CHECK(sent(125) == std::string("\x82\x7d", 2));
    CHECK(sent(126) == std::string("\x82\x7e\x00\x7e", 4));
    CHECK(sent(65'535) == std::string("\x82\x7e\xff\xff", 4));
    CHECK(sent(65'536) == std::string("\x82\x7f\0\0\0\0\0\x01\0\0", 10));
}

TEST_CASE("the goodbye is a close frame, said once, and nothing before the upgrade") {
    exchange with;
    std::string wire;
    with.under_test->finish(wire);
    CHECK(wire.empty());
    exchange opened;
    opened.opened();
    opened.under_test->finish(wire);
    opened.under_test->finish(wire);
    CHECK(wire == close_frame(1000));
}

TEST_CASE("a refused upgrade is answered, and what follows is not looked at") {
    exchange with;
    with.receive("GET /other HTTP/1.1\r\nHost: a\r\n\r\n" + frame{.payload = "a"}.text());
    CHECK(with.answer.starts_with("HTTP/1.1 404 "));
    CHECK(with.ended == "WebSocket: no such path");
    CHECK(with.plain.empty());
}

TEST_CASE("the peer is who a trusted proxy says, and nobody else says it") {
    auto rules = std::make_shared<websocket_rules>();
    rules->trusted_proxies = {*lmqtt::parse_network("192.0.2.0/24")};
    const auto told = [&](const char* peer, const std::string& list) -> std::string {
        exchange with(std::make_unique<websocket_filter>(rules, address::from_text(peer)));
        with.receive(upgrade_request + "X-Forwarded-For: " + list + "\r\n\r\n");
        const auto whose = with.under_test->told_peer();
        CHECK_FALSE(with.under_test->told_peer());
        return whose ? whose->host() : "";
    };
    CHECK(told("192.0.2.1", "203.0.113.9") == "203.0.113.9");
    CHECK(told("192.0.2.1", "198.51.100.1, 203.0.113.9") == "203.0.113.9");
    CHECK(told("192.0.2.1", "203.0.113.9, 192.0.2.7") == "203.0.113.9");
    CHECK(told("192.0.2.1", "2001:db8::1").starts_with("2001:db8::1"));
    CHECK(told("192.0.2.1", "nonsense").empty());
    CHECK(told("192.0.2.1", "203.0.113.9, nonsense").empty());
    CHECK(told("192.0.2.1", "").empty());
    CHECK(told("198.51.100.1", "203.0.113.9").empty());
}
