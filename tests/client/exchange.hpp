// Clients of one shard without its thread and without a server: a test plays the peers over socket
// pairs, moves the clock, lets the store commit, and says when a turn ends.
#pragma once

#include "client/client.hpp"
#include "client/deliver_ready.hpp"
#include "net/gate.hpp"
#include "net/task_group.hpp"
#include "support/captured_log.hpp"
#include "support/held_store.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>

namespace lmqtt::client::test {

using lmqtt::test::captured_log;
using lmqtt::test::fake_clock;
using lmqtt::test::held_store;

inline std::shared_ptr<session::policy> generous_policy() {
    auto rules = std::make_shared<session::policy>();
    rules->outbox.maximum_messages = 1000;
    rules->outbox.maximum_bytes = 10'000'000;
    rules->outbox.maximum_inflight = 100;
    rules->outbox.overflow = overflow_policy::drop_oldest;
    rules->session_expiry_cap_seconds = session::never_expires;
    rules->message_expiry_cap_seconds = session::never_expires;
    rules->maximum_subscriptions = 1000;
    rules->queue_qos0 = true;
    rules->waits_for_store = true;
    return rules;
}

class exchange {
public:
    explicit exchange(bool durable = false)
        : store(durable) {
        rules->name = "front";
        rules->policy = policy;
        env.listeners = {rules};
        env.wall_at_start_ms = base::milliseconds_of(clock.now().wall);
        env.started = clock.now().steady;
        env.pass_on = [](unsigned, hand_over&&) { FAIL("there is one shard"); };
    }

    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    ~exchange() { context.abandon(); }

    // Turns until nothing happens any more; nothing commits meanwhile.
    void settle() {
        bool busy = true;
        while (busy) {
            context.restart();
            busy = context.poll() != 0;
            broker.on_committed();
            deliver_ready(env);
            busy = !broker.ready().empty() || busy;
            broker.changes().seal(clock.now().steady, [] {});
            busy = dirty.flush(clock.now().steady) || busy;
        }
    }

    template <class Duration>
    void pass(Duration time) {
        clock.advance(time);
        wheel.advance(clock.now().steady, [&](base::wheel_entry& entry) {
            client::from(entry).on_timer(clock.now().steady);
        });
        settle();
    }

    // Counted in, for as long as its client lives.
    hand_over admit(net::connected_socket socket) {
        REQUIRE(
            gate.admit(socket.visiting, clock.now().steady) == net::admission_verdict::admitted
        );
        ++admitted;
        return {std::move(socket), {}};
    }

    // How many clients have ended.
    std::uint64_t gone() { return admitted - gate.connections(); }

    // Everything submitted is stored, and everybody hears of it.
    void commit() {
        settle();
        store.commit_all();
        settle();
    }

    class abandoned : public boost::asio::io_context {
    public:
        using io_context::io_context;

        void abandon() { shutdown(); }
    };

    fake_clock clock;
    captured_log log;
    base::logger logger = log.logger("client");
    held_store store;
    broker::directory directory;
    broker::events events;
    hooks decisions;
    std::shared_ptr<session::policy> policy = generous_policy();
    std::shared_ptr<listener_rules> rules = std::make_shared<listener_rules>();
    broker::broker broker{
        directory, store, {.retained = {1000, 1'000'000}, .sessions = {1000, 1000}}, events};
    base::wheel wheel{clock.now().steady};
    shared_memory_stage memory{memory_stage::calm};
    std::array<char, 64 * 1024> buffer{};
    client_table clients;
    net::flush_list dirty;
    abandoned context{1};
    environment env{
        .broker = broker,
        .decisions = decisions,
        .wheel = wheel,
        .log = logger,
        .clock = clock,
        .where = context.get_executor(),
        .clients = clients,
        .read_buffer = buffer,
        .dirty = dirty,
        .memory = memory};
    net::task_group tasks{context.get_executor(), logger};
    net::gate gate;
    std::uint64_t admitted = 0;
};

}  // namespace lmqtt::client::test
