// A connection whose bytes a filter makes and reads: what TLS, WebSocket and PROXY have in common.
#include "net/connection.hpp"
#include "support/connected.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace lmqtt;
using net::filtered;
using net::receive_result;

namespace {

// "(...)" around what is sent; "?" is answered with "!", "." ends, "@" names a peer.
class brackets : public net::filter {
public:
    filtered receive(std::span<char> raw, std::span<char> room, std::string& answer) override {
        filtered got;
        std::size_t size = 0;
        for (const char c : raw) {
            if (c == '?') {
                answer += std::string(answered_with, '!');
            } else if (c == '.') {
                got.ended = "full stop";
            } else if (c == '@') {
                told = net::address::from_text("203.0.113.9", 7);
            } else {
                room[size++] = c;
            }
        }
        got.plain = {room.data(), size};
        return got;
    }

    void send(std::span<const std::string_view> plain, std::string& wire) override {
        wire += "(";
        for (const std::string_view piece : plain) {
            wire += piece;
        }
        wire += ")";
    }

    void finish(std::string& wire) override { wire += "bye"; }

    std::optional<net::address> told_peer() override { return std::exchange(told, std::nullopt); }

    std::string proved_name() const override { return "somebody"; }

    std::optional<net::address> told;
    std::size_t answered_with = 1;
};

struct filtered_ends {
    test::shard_parts shard;
    test::socket_pair pair = test::make_socket_pair(test::small_buffer);
    std::optional<net::connection> ours;
    std::vector<char> buffer = std::vector<char>(64 * 1024);
    brackets* between = nullptr;

    filtered_ends() {
        auto made = std::make_unique<brackets>();
        between = made.get();
        pair.ours.filtering = std::move(made);
        ours.emplace(shard.context.get_executor(), std::move(pair.ours), shard.dirty);
    }

    receive_result receive(const std::string& bytes) {
        pair.theirs.write(bytes);
        return ours->receive(buffer);
    }

    std::string sent() {
        static_cast<void>(shard.flush());
        std::string all = pair.theirs.read();
        while (ours->unsent_bytes() > 0) {
            shard.run_ready();
            static_cast<void>(shard.flush());
            all += pair.theirs.read();
        }
        return all;
    }
};

}  // namespace

TEST_CASE("what is received is what the filter gives, and its answers leave with the next flush") {
    filtered_ends ends;
    const receive_result got = ends.receive("ab?c");
    CHECK(got.what == receive_result::outcome::bytes);
    CHECK(got.bytes == "abc");
    CHECK(ends.sent() == "!");
    CHECK(ends.receive("?").what == receive_result::outcome::would_block);
    CHECK(ends.sent() == "!");
    CHECK(ends.ours->proved_name() == "somebody");
}

TEST_CASE("a filtered connection at rest owns no buffer") {
    filtered_ends ends;
    static_cast<void>(ends.receive("?"));
    CHECK(ends.sent() == "!");
    CHECK(ends.shard.dirty.spare_buffers() == 1);
    static_cast<void>(ends.receive("abc"));
    CHECK(ends.shard.dirty.spare_buffers() == 1);
}

TEST_CASE("output goes through the filter in pieces, shared segments in their place") {
    filtered_ends ends;
    ends.ours->output() += "one";
    const auto shared = std::make_shared<const std::string>("TWO");
    ends.ours->append_shared(*shared, shared);
    ends.ours->output() += "three";
    ends.ours->mark_dirty();
    CHECK(ends.sent() == "(oneTWOthree)");
    ends.ours->output() += std::string(200'000, 'x');
    ends.ours->mark_dirty();
    const std::string large = ends.sent();
    CHECK(std::ranges::count(large, 'x') == 200'000);
    CHECK(std::ranges::count(large, '(') == 4);  // 64 KiB at a time
}

TEST_CASE("bytes that came before the end are given before the connection is over") {
    filtered_ends ends;
    const receive_result last = ends.receive("ab.");
    CHECK(last.what == receive_result::outcome::bytes);
    CHECK(last.bytes == "ab");
    CHECK(last.why == "full stop");
    CHECK(ends.receive("more").what == receive_result::outcome::would_block);
    filtered_ends others;
    const receive_result over = others.receive(".");
    CHECK(over.what == receive_result::outcome::over);
    CHECK(over.why == "full stop");
}

TEST_CASE("the filter's goodbye comes after the last byte, then FIN") {
    filtered_ends ends;
    ends.ours->output() += "last";
    ends.ours->shutdown_after_flush();
    CHECK(ends.sent() == "(last)bye");
    CHECK(ends.pair.theirs.at_end());
    filtered_ends idle;
    idle.ours->shutdown_after_flush();
    CHECK(idle.sent() == "bye");
    CHECK(idle.pair.theirs.at_end());
}

TEST_CASE("a peer that makes the filter answer and does not read the answers is over") {
    filtered_ends ends;
    ends.between->answered_with = 200'000;
    CHECK(ends.receive("?").what == receive_result::outcome::over);
}

TEST_CASE("a peer that has yet to read much else is answered all the same") {
    filtered_ends ends;
    ends.ours->output() += std::string(200'000, 'x');
    ends.ours->mark_dirty();
    static_cast<void>(ends.shard.flush());
    REQUIRE(ends.ours->unsent_bytes() > 130'000);  // the kernel is full
    ends.between->answered_with = 20'000;
    CHECK(ends.receive("?").what == receive_result::outcome::would_block);
    CHECK(std::ranges::count(ends.sent(), '!') == 20'000);
}

TEST_CASE("whom the filter names is told once, and nobody is counted under the proxy's address") {
    filtered_ends ends;
    const receive_result got = ends.receive("@");
    REQUIRE(got.told_peer);
    CHECK(got.told_peer->text() == "203.0.113.9:7");
    REQUIRE(ends.ours->rename(*got.told_peer, {}));
    CHECK(ends.ours->peer().text() == "203.0.113.9:7");
    CHECK_FALSE(ends.receive("x").told_peer);
}

TEST_CASE("a filter moves with its connection to another shard, unsent bytes already made") {
    filtered_ends ends;
    ends.ours->output() += "moved";
    net::connected_socket moving = ends.ours->release();
    CHECK(moving.unsent == "(moved)");
    REQUIRE(moving.filtering);
    test::shard_parts other;
    net::connection there(other.context.get_executor(), std::move(moving), other.dirty);
    there.output() += "there";
    there.mark_dirty();
    static_cast<void>(other.flush());
    CHECK(ends.pair.theirs.read() == "(moved)(there)");
}
