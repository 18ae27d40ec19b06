#include "net/connection.hpp"
#include "net/flush_list.hpp"
#include "support/connected.hpp"

#include <catch2/catch.hpp>

#include <string>

using lmqtt::net::connection;
using lmqtt::test::connected;
using lmqtt::test::large;
using lmqtt::test::make_socket_pair;
using lmqtt::test::small_buffer;

namespace {

// Answers each notice with more output, as a client does whose session has more.
struct producer {
    connected& c;
    int left;

    static void produce(void* self) noexcept {
        auto& me = *static_cast<producer*>(self);
        if (me.left-- > 0) {
            me.c.ours->when_drained(&produce, self);
            me.c.append("more ");
        }
    }
};

}  // namespace

TEST_CASE("output that is not marked dirty waits for what is") {
    connected c;
    c.ours->output() += "first ";
    CHECK_FALSE(c.shard.flush());
    CHECK(c.theirs.read().empty());
    c.append("second");
    CHECK_FALSE(c.shard.flush());
    CHECK(c.theirs.read() == "first second");
}

TEST_CASE("an idle connection owns no buffer: they are kept for all") {
    connected c;
    CHECK(c.shard.dirty.spare_buffers() == 0);
    for (int i = 0; i < 3; ++i) {
        c.append("x");
        CHECK(c.shard.dirty.spare_buffers() == 0);
        static_cast<void>(c.shard.flush());
        CHECK(c.shard.dirty.spare_buffers() == 1);
    }
    c.append("x");
    c.ours.reset();
    CHECK(c.shard.dirty.spare_buffers() == 1);
}

TEST_CASE("a buffer that has grown large is not kept") {
    connected c(small_buffer);
    c.append(std::string(large, 'x'));
    static_cast<void>(c.shard.flush());
    CHECK(c.read_all().size() == large);
    CHECK(c.shard.dirty.spare_buffers() == 0);
}

TEST_CASE("a producer is flushed twice in a turn and then others have theirs") {
    connected c;
    producer source{c, 3};
    producer::produce(&source);
    CHECK(c.shard.flush());  // the shard must not sleep
    CHECK(c.theirs.read() == "more more ");
    CHECK_FALSE(c.shard.flush());
    CHECK(c.theirs.read() == "more ");
}

TEST_CASE("a connection may be destroyed while it is dirty") {
    connected c;
    c.append("lost");
    c.ours.reset();
    CHECK_FALSE(c.shard.flush());
    CHECK(c.theirs.read().empty());
    CHECK(c.theirs.at_end());
}

TEST_CASE("the buffer of a destroyed connection does not answer for the next one") {
    connected c(small_buffer);
    c.append(std::string(20'000, 'x'));
    static_cast<void>(c.shard.flush());
    REQUIRE(c.ours->stalled_since());
    c.ours.reset();
    auto next = make_socket_pair();
    connection fresh(c.shard.context.get_executor(), std::move(next.ours), c.shard.dirty);
    REQUIRE(c.shard.dirty.spare_buffers() == 1);
    fresh.output() += "mine";
    CHECK_FALSE(fresh.stalled_since());
    c.shard.run_ready();
    CHECK(c.shard.dirty.empty());  // not marked by anybody
    fresh.mark_dirty();
    static_cast<void>(c.shard.flush());
    CHECK(next.theirs.read() == "mine");
}
