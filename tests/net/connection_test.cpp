#include "net/connection.hpp"
#include "net/task_group.hpp"
#include "support/captured_log.hpp"
#include "support/connected.hpp"
#include "support/socket_pair.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

using namespace std::chrono_literals;
using lmqtt::net::connection;
using lmqtt::net::receive_result;
using lmqtt::test::connected;
using lmqtt::test::large;
using lmqtt::test::make_socket_pair;
using lmqtt::test::shard_parts;
using lmqtt::test::small_buffer;

namespace {

// Reads once, in the only way a client does.
class reader {
public:
    explicit reader(connected& of)
        : tasks_(of.shard.context.get_executor(), log_.logger("net")) {
        tasks_.spawn("reader", wait(*of.ours));
        of.shard.run_ready();
    }

    [[nodiscard]] bool came_back() const { return result_.has_value(); }

    [[nodiscard]] boost::system::error_code result() const { return result_.value(); }

private:
    lmqtt::task<> wait(connection& of) {
        const auto [error] = co_await of.readable();
        result_ = error;
    }

    lmqtt::test::captured_log log_;
    std::optional<boost::system::error_code> result_;
    lmqtt::net::task_group tasks_;
};

void count_notice(void* count) noexcept {
    ++*static_cast<int*>(count);
}

}  // namespace

TEST_CASE("receiving says whether there are bytes, none yet, or no more") {
    connected c;
    CHECK(c.receive().what == receive_result::outcome::would_block);
    c.theirs.write("hello");
    const receive_result bytes = c.receive();
    CHECK(bytes.what == receive_result::outcome::bytes);
    CHECK(bytes.bytes.size() == 5);
    c.theirs.finish();
    CHECK(c.receive().what == receive_result::outcome::closed);
    c.ours->close();
    CHECK(c.receive().what == receive_result::outcome::closed);
}

TEST_CASE("one receive takes no more than its buffer") {
    connected c;
    c.theirs.write(std::string(150, 'x'));
    CHECK(c.receive().bytes.size() == 100);
    CHECK(c.receive().bytes.size() == 50);
}

TEST_CASE("readable comes back when bytes arrive, and not before") {
    connected c;
    const reader waiting(c);
    CHECK_FALSE(waiting.came_back());
    c.theirs.write("x");
    c.shard.run_ready();
    REQUIRE(waiting.came_back());
    CHECK_FALSE(waiting.result());
}

TEST_CASE("readable comes back for bytes that were there before") {
    connected c;
    c.theirs.write("x");
    const reader waiting(c);
    CHECK(waiting.came_back());
}

TEST_CASE("closing ends a pending readable") {
    connected c;
    const reader waiting(c);
    c.ours->close();
    c.shard.run_ready();
    CHECK(waiting.result() == boost::asio::error::operation_aborted);
    CHECK_FALSE(c.ours->is_open());
}

TEST_CASE("output leaves with the flush of the turn and not before") {
    connected c;
    c.append("one ");
    c.append("two ");
    c.append("three");
    CHECK(c.theirs.read().empty());
    CHECK(c.ours->unsent_bytes() == 13);
    CHECK_FALSE(c.shard.flush());
    CHECK(c.theirs.read() == "one two three");
    CHECK(c.ours->unsent_bytes() == 0);
    CHECK(c.shard.dirty.bytes_sent() == 13);
}

TEST_CASE("shared payloads keep their place between bytes") {
    connected c;
    const auto payload = std::make_shared<const std::string>(5000, 'p');
    c.ours->output() += "<";
    c.ours->append_shared(*payload, payload);
    c.append(">");
    CHECK(payload.use_count() == 2);
    static_cast<void>(c.shard.flush());
    CHECK(c.theirs.read() == "<" + *payload + ">");
    CHECK(payload.use_count() == 1);
}

TEST_CASE("when the kernel is full the rest follows as the peer reads") {
    connected c(small_buffer);
    c.block();
    CHECK(c.shard.run_ready() == 0);  // nobody polls it meanwhile
    c.append("end");
    CHECK(c.shard.dirty.empty());  // nor is it tried in vain
    const std::string arrived = c.read_all();
    CHECK(arrived == std::string(large, 'x') + "end");
    CHECK_FALSE(c.ours->stalled_since());
}

TEST_CASE("a stall counts from the last byte the kernel has taken") {
    connected c(small_buffer);
    c.append("x");
    static_cast<void>(c.shard.flush());
    CHECK_FALSE(c.ours->stalled_since());
    c.shard.clock.advance(10s);
    c.append(std::string(large, 'x'));
    CHECK_FALSE(c.ours->stalled_since());
    static_cast<void>(c.shard.flush());
    const auto begin = c.shard.clock.now().steady;
    CHECK(c.ours->stalled_since() == begin);
    c.shard.clock.advance(10s);
    static_cast<void>(c.shard.flush());
    CHECK(c.ours->stalled_since() == begin);
    static_cast<void>(c.theirs.read());
    c.shard.run_ready();
    static_cast<void>(c.shard.flush());
    CHECK(c.ours->stalled_since() == begin + 10s);
}

TEST_CASE("the drained notice comes once, when nothing is unsent") {
    connected c(small_buffer);
    int notices = 0;
    c.block();
    c.ours->when_drained(&count_notice, &notices);
    static_cast<void>(c.shard.flush());
    CHECK(notices == 0);
    static_cast<void>(c.read_all());
    CHECK(notices == 1);
    c.append("x");
    static_cast<void>(c.shard.flush());
    CHECK(notices == 1);
}

TEST_CASE("the drained notice comes with a flush that met no resistance, too") {
    connected c;
    int notices = 0;
    c.append("x");
    c.ours->when_drained(&count_notice, &notices);
    static_cast<void>(c.shard.flush());
    CHECK(notices == 1);
}

TEST_CASE("a revoked drained notice does not come") {
    connected c;
    int notices = 0;
    c.append("x");
    c.ours->when_drained(&count_notice, &notices);
    c.ours->when_drained(nullptr, nullptr);
    static_cast<void>(c.shard.flush());
    CHECK(notices == 0);
}

TEST_CASE("a peer that is gone makes the connection fail, drop its output and come back") {
    connected c;
    int notices = 0;
    const reader waiting(c);
    c.theirs.finish();
    c.theirs.close();
    c.append("anybody?");
    c.ours->when_drained(&count_notice, &notices);
    static_cast<void>(c.shard.flush());
    CHECK(c.ours->failed());
    CHECK(c.ours->unsent_bytes() == 0);
    CHECK(notices == 1);
    c.shard.run_ready();
    CHECK(waiting.came_back());
    c.append("still not?");
    CHECK_FALSE(c.shard.flush());
    CHECK(c.ours->unsent_bytes() == 0);
}

TEST_CASE("a peer that goes while it is waited for makes the connection fail") {
    connected c(small_buffer);
    c.block();
    c.theirs.close();
    c.shard.run_ready();
    static_cast<void>(c.shard.flush());
    CHECK(c.ours->failed());
}

TEST_CASE("shutdown sends FIN behind the last byte and input goes on") {
    connected c(small_buffer);
    c.block();
    c.ours->shutdown_after_flush();
    static_cast<void>(c.shard.flush());
    static_cast<void>(c.theirs.read(100));
    CHECK_FALSE(c.theirs.at_end());
    static_cast<void>(c.read_all());
    CHECK(c.theirs.at_end());
    CHECK(c.ours->is_open());
    c.theirs.write("late");
    CHECK(c.receive().bytes.size() == 4);
}

TEST_CASE("shutdown without output sends FIN in this turn") {
    connected c;
    c.ours->shutdown_after_flush();
    CHECK_FALSE(c.shard.flush());
    static_cast<void>(c.theirs.read());
    CHECK(c.theirs.at_end());
}

TEST_CASE("a connection may be destroyed while it waits for the kernel") {
    connected c(small_buffer);
    c.block();
    c.ours.reset();
    CHECK(c.shard.run_ready() == 1);  // the handler of the wait, which finds nobody
    CHECK(c.shard.dirty.empty());
}

TEST_CASE("a connection may be destroyed when the kernel has answered but nobody has heard") {
    shard_parts shard;
    auto pair = make_socket_pair(small_buffer);
    auto other = make_socket_pair(small_buffer);
    std::optional<connection> first;
    std::optional<connection> second;
    first.emplace(shard.context.get_executor(), std::move(pair.ours), shard.dirty);
    second.emplace(shard.context.get_executor(), std::move(other.ours), shard.dirty);
    for (connection* each : {&*first, &*second}) {
        each->output().append(large, 'x');
        each->mark_dirty();
    }
    static_cast<void>(shard.flush());
    static_cast<void>(pair.theirs.read());
    static_cast<void>(other.theirs.read());
    // Both answers are there; after one handler the other is queued and cannot be called off.
    CHECK(shard.context.poll_one() == 1);
    first.reset();
    second.reset();
    shard.run_ready();
    CHECK_FALSE(shard.flush());
}

TEST_CASE("a connection moves to another shard with its unsent output") {
    connected c(small_buffer);
    c.block();
    c.append("end");
    std::string arrived = c.theirs.read();
    lmqtt::net::connected_socket socket = c.ours->release();
    CHECK_FALSE(c.ours->is_open());
    CHECK(c.ours->unsent_bytes() == 0);
    c.ours.reset();
    c.shard.run_ready();
    CHECK(c.shard.dirty.empty());

    shard_parts home;
    connection moved(home.context.get_executor(), std::move(socket), home.dirty);
    CHECK(moved.peer().text() == "unix");
    while (moved.unsent_bytes() > 0) {
        static_cast<void>(home.flush());
        arrived += c.theirs.read();
        home.run_ready();
    }
    CHECK(arrived == std::string(large, 'x') + "end");
    c.theirs.write("hello");
    std::array<char, 10> buffer{};
    CHECK(moved.receive(buffer).bytes.size() == 5);
}

TEST_CASE("a socket on its way between shards is closed if it never arrives") {
    connected c;
    { const lmqtt::net::connected_socket lost = c.ours->release(); }
    static_cast<void>(c.theirs.read());
    CHECK(c.theirs.at_end());
}

TEST_CASE("the context may end before the connection's waits") {
    auto pair = make_socket_pair(small_buffer);
    lmqtt::net::flush_list dirty;
    {
        boost::asio::io_context context{1};
        connection ours(context.get_executor(), std::move(pair.ours), dirty);
        ours.output().append(large, 'x');
        ours.mark_dirty();
        static_cast<void>(dirty.flush({}));
    }
    CHECK(dirty.empty());
    CHECK(pair.theirs.read().size() < large);
    CHECK(pair.theirs.at_end());
}

TEST_CASE("a connection is small, because most of them do nothing") {
    CHECK(sizeof(connection) <= 112);
}
