#include "net/proxy_filter.hpp"
#include "net/websocket_filter.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace lmqtt::net;

namespace {

const std::string header = "PROXY TCP4 203.0.113.9 198.51.100.1 49153 1883\r\n";
const address proxy = address::from_text("192.0.2.1", 7);

// Upper case, so that one sees who was at work.
class shouting final : public filter {
public:
    filtered receive(std::span<char> raw, std::span<char> room, std::string&) override {
        std::size_t size = 0;
        for (const char c : raw) {
            room[size++] = static_cast<char>(std::toupper(c));
        }
        return {.plain = {room.data(), size}};
    }

    void send(std::span<const std::string_view>, std::string&) override {}

    void finish(std::string&) override {}
};

struct outcome {
    std::string plain;
    std::string ended;
    std::string peer;
    bool done = false;
};

outcome feed(proxy_filter& under_test, std::string bytes) {
    std::vector<char> room(bytes.size() + filter::held_back);
    std::string answer;
    const filtered got = under_test.receive(bytes, room, answer);
    const auto told = under_test.told_peer();
    return {
        std::string(got.plain),
        std::string(got.ended),
        told ? told->text() : "",
        under_test.is_done()};
}

}  // namespace

TEST_CASE("A16: the header is taken off, at any cut, and what follows goes on") {
    const std::string all = header + "mqtt";
    for (std::size_t cut = 0; cut <= header.size(); ++cut) {
        proxy_filter under_test(proxy, [](const address&) { return proxy_filter::what_follows{}; });
        outcome first = feed(under_test, all.substr(0, cut));
        if (!first.done) {
            CHECK(first.plain.empty());
            first = feed(under_test, all.substr(cut));
            CHECK(first.plain == "mqtt");
        }
        CHECK(first.done);
        CHECK(first.peer == "203.0.113.9:49153");
        CHECK(first.ended.empty());
        CHECK(under_test.take_rest() == nullptr);
    }
}

TEST_CASE("the filter that goes with the address reads what came behind the header") {
    std::string made_for;
    proxy_filter under_test(proxy, [&](const address& whose) {
        made_for = whose.text();
        return proxy_filter::what_follows{std::make_unique<shouting>()};
    });
    const outcome got = feed(under_test, header + "abc");
    CHECK(got.plain == "ABC");
    CHECK(made_for == "203.0.113.9:49153");
    CHECK(under_test.take_rest() != nullptr);
}

TEST_CASE("A16: a proxy that names nobody stays the peer") {
    proxy_filter under_test(proxy, [](const address& whose) {
        CHECK(whose == proxy);
        return proxy_filter::what_follows{};
    });
    const outcome got = feed(under_test, "PROXY UNKNOWN\r\nx");
    CHECK(got.done);
    CHECK(got.peer.empty());
    CHECK(got.plain == "x");
}

TEST_CASE("A16: a connection without a header is ended at its first byte") {
    proxy_filter under_test(proxy, [](const address&) { return proxy_filter::what_follows{}; });
    const outcome got = feed(under_test, "\x10");
    CHECK(got.ended == "PROXY header missing or malformed");
    CHECK_FALSE(got.done);
}

TEST_CASE("of a chain of proxies the last says whose connection it is") {
    proxy_filter under_test(proxy, [](const address&) {
        return proxy_filter::what_follows{std::make_unique<shouting>(), true};
    });
    const outcome got = feed(under_test, header + "abc");
    CHECK(got.done);
    CHECK(got.peer.empty());
}
