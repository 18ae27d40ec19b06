#include "net/outgoing.hpp"
#include "support/socket_pair.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <random>
#include <string>

using lmqtt::net::outgoing;
using lmqtt::test::make_socket_pair;

namespace {

void append_shared(outgoing& queue, std::string text) {
    const auto owner = std::make_shared<const std::string>(std::move(text));
    queue.append_shared(*owner, owner);
}

// Until everything has arrived: both ends play by turns.
std::string send_all(outgoing& queue, lmqtt::test::socket_pair& pair, std::size_t read_at_once) {
    std::string arrived;
    while (queue.unsent() > 0) {
        const auto done = queue.send_to(pair.ours.descriptor.get());
        REQUIRE((done.error == 0 || done.error == EAGAIN));
        REQUIRE((done.error == 0) == (queue.unsent() == 0));
        arrived += pair.theirs.read(read_at_once);
    }
    return arrived + pair.theirs.read();
}

}  // namespace

TEST_CASE("bytes and shared segments leave in the order they were appended") {
    auto pair = make_socket_pair();
    outgoing queue;
    append_shared(queue, "<1>");
    queue.bytes() += "two ";
    append_shared(queue, "<3>");
    append_shared(queue, "<4>");
    queue.bytes() += " five";
    CHECK(queue.unsent() == 18);
    const auto done = queue.send_to(pair.ours.descriptor.get());
    CHECK(done.sent == 18);
    CHECK(done.error == 0);
    CHECK(queue.unsent() == 0);
    CHECK(pair.theirs.read() == "<1>two <3><4> five");
}

TEST_CASE("an empty shared segment is nothing to send") {
    outgoing queue;
    append_shared(queue, "");
    CHECK(queue.unsent() == 0);
}

TEST_CASE("more segments than one system call takes still keep their order") {
    auto pair = make_socket_pair();
    outgoing queue;
    std::string expected;
    for (int i = 0; i < 500; ++i) {
        const std::string number = std::to_string(i);
        queue.bytes() += number + ',';
        append_shared(queue, number + ';');
        expected += number + ',' + number + ';';
    }
    queue.bytes() += "end";
    CHECK(send_all(queue, pair, std::string::npos) == expected + "end");
}

TEST_CASE("a full kernel is reported and what is left follows later") {
    auto pair = make_socket_pair(4096);
    outgoing queue;
    const std::string large(1'000'000, 'x');
    queue.bytes() += large;
    const auto done = queue.send_to(pair.ours.descriptor.get());
    CHECK(done.error == EAGAIN);
    CHECK(done.sent > 0);
    CHECK(queue.unsent() == large.size() - done.sent);
    CHECK(queue.send_to(pair.ours.descriptor.get()).error == EAGAIN);
    CHECK(send_all(queue, pair, std::string::npos) == large);
}

TEST_CASE("a shared segment is released as soon as it is sent, and not before") {
    auto pair = make_socket_pair(4096);
    outgoing queue;
    auto owner = std::make_shared<const std::string>(200'000, 'y');
    const std::weak_ptr<const std::string> alive = owner;
    queue.append_shared(*owner, owner);
    queue.bytes() += std::string(200'000, 'z');
    owner.reset();
    while (queue.unsent() > 200'000) {
        CHECK_FALSE(alive.expired());
        static_cast<void>(queue.send_to(pair.ours.descriptor.get()));
        static_cast<void>(pair.theirs.read());
    }
    CHECK(alive.expired());
    CHECK(queue.unsent() > 0);
}

TEST_CASE("a peer that is gone is an error and no signal") {
    auto pair = make_socket_pair();
    outgoing queue;
    queue.bytes() += "anybody?";
    pair.theirs.close();
    CHECK(queue.send_to(pair.ours.descriptor.get()).error == EPIPE);
}

TEST_CASE("unsent output can be taken out as one string") {
    auto pair = make_socket_pair(4096);
    outgoing queue;
    std::string expected;
    for (char c = 'a'; c <= 'z'; ++c) {
        queue.bytes().append(20'000, c);
        append_shared(queue, std::string(5'000, c));
        expected.append(25'000, c);
    }
    const auto done = queue.send_to(pair.ours.descriptor.get());
    REQUIRE(done.error == EAGAIN);
    CHECK(pair.theirs.read() + queue.take_unsent() == expected);
    CHECK(queue.unsent() == 0);
}

TEST_CASE("whatever is appended and however little is read, the stream is the same") {
    const auto seed = GENERATE(range(1U, 9U));
    std::minstd_rand random(seed);
    auto pair = make_socket_pair(4096);
    outgoing queue;
    std::string expected;
    std::string arrived;
    for (int step = 0; step < 400; ++step) {
        std::string part(random() % 3000, static_cast<char>('a' + random() % 26));
        expected += part;
        if (random() % 3 == 0) {
            append_shared(queue, std::move(part));
        } else {
            queue.bytes() += part;
        }
        if (random() % 4 == 0) {
            static_cast<void>(queue.send_to(pair.ours.descriptor.get()));
            arrived += pair.theirs.read(random() % 8000);
        }
        REQUIRE(queue.unsent() <= expected.size() - arrived.size());
    }
    arrived += send_all(queue, pair, 3000);
    CHECK(arrived == expected);
}

TEST_CASE("the front is what comes next, up to a bound, and goes away as it is used") {
    outgoing queue;
    queue.bytes() += "one";
    append_shared(queue, "two");
    queue.bytes() += "three";
    std::array<std::string_view, 8> room;
    const auto front = [&](std::size_t most) {
        std::string text;
        for (const std::string_view piece : queue.front(room, most)) {
            text += piece;
        }
        return text;
    };
    CHECK(front(100) == "onetwothree");
    CHECK(front(4) == "onet");
    CHECK(front(0).empty());
    queue.advance(4);
    CHECK(front(100) == "wothree");
    std::array<std::string_view, 1> narrow;
    CHECK(queue.front(narrow, 100).size() == 1);
    queue.advance(7);
    CHECK(front(100).empty());
    CHECK(queue.unsent() == 0);
}
