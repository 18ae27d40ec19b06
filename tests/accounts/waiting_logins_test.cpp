// What becomes of those who wait for a hash, when there are many of them (B14).
#include "accounts/authenticator.hpp"
#include "asked_authenticator.hpp"

#include <atomic>
#include <thread>

using namespace lmqtt;
using namespace lmqtt::accounts;
using namespace std::chrono_literals;
using accounts::test::broker;
using accounts::test::kind;

namespace {

// The only thread is kept by the first answer until it is let go.
struct held_thread {
    explicit held_thread(broker& of) {
        of.gate->check(of.as("first", "x"), [this](const verdict&) {
            entered.set_value();
            open.get_future().wait();
        });
        entered.get_future().wait();
    }

    std::promise<void> entered;
    std::promise<void> open;
};

// With it every hash takes one step, until it stands still.
struct stepping_clock final : base::clock {
    explicit stepping_clock(std::chrono::seconds one)
        : step(one) {}

    base::instant now() const noexcept override {
        return start.now() + (stands_still ? asked.load() : ++asked) * step;
    }

    lmqtt::test::fake_clock start;
    const std::chrono::seconds step;
    std::atomic<bool> stands_still = false;
    mutable std::atomic<int> asked = 0;
};

struct slow_broker : broker {
    explicit slow_broker(std::chrono::seconds one_hash)
        : clock(one_hash) {
        gate = std::make_unique<authenticator>(
            who,
            clock,
            authenticator_settings{
                .profile = hash_profile::argon2id_edge, .back_off = false, .threads = 1}
        );
    }

    ~slow_broker() { gate.reset(); }

    login within(std::chrono::seconds left) const {
        login one = as("somebody", "x");
        one.until = clock.now().steady + left;
        return one;
    }

    stepping_clock clock;
};

}  // namespace

TEST_CASE(
    "with too many waiting the answer is busy, and everybody gets one (B14)", "[authenticator]"
) {
    broker in({.back_off = false, .most_waiting = 3});
    std::promise<void> entered;
    std::promise<void> open;
    in.gate->check(in.as("first", "x"), [&](const verdict&) {
        entered.set_value();
        open.get_future().wait();
    });
    entered.get_future().wait();
    std::atomic<int> refused = 0;
    std::atomic<int> busy = 0;
    const auto count = [&](const verdict& said) { ++(said.is == kind::busy ? busy : refused); };
    for (int n = 0; n < 10; ++n) {
        in.gate->check(in.as("user" + std::to_string(n), "x"), count);
    }
    CHECK(busy == 7);
    std::thread end([&in] { in.gate.reset(); });
    open.set_value();
    end.join();
    CHECK(refused + busy == 10);
}

TEST_CASE("what nobody waits for any more is not looked at (B14)", "[authenticator]") {
    broker in;
    held_thread held(in);
    login guess = in.as("alice", "x");
    guess.until = in.time.now().steady + 10s;
    std::vector<std::promise<kind>> said(8);
    for (auto& each : said) {
        in.gate->check(guess, [&each](const verdict& found) { each.set_value(found.is); });
    }
    in.time.advance(10s);
    held.open.set_value();
    for (auto& each : said) {
        CHECK(each.get_future().get() == kind::busy);
    }
    CHECK(in.try_as("alice", "x") == kind::refused);  // none of the eight was a failure
}

TEST_CASE("who would wait longer than is of use is told so at once (B14)", "[authenticator]") {
    slow_broker in(1s);
    int busy = 0;
    held_thread held(in);
    in.clock.stands_still = true;
    for (int n = 0; n < 12; ++n) {
        in.gate->check(in.within(10s), [&busy](const verdict&) { ++busy; });
    }
    CHECK(busy == 4);  // eight come after the one under way
    in.gate->check(in.within(11s), [&busy](const verdict&) { ++busy; });
    CHECK(busy == 4);
    held.open.set_value();
    in.gate.reset();
}

TEST_CASE("a machine that was slow once is found to be quick again", "[authenticator]") {
    slow_broker in(1h);
    CHECK(in.try_as("somebody", "x") == kind::refused);
    in.clock.stands_still = true;
    for (int n = 0; n < 3; ++n) {
        CHECK(in.check(in.within(10s)).is == kind::refused);
    }
}
