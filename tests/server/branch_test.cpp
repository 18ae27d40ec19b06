#include "server/branch.hpp"
#include "store/memory_store.hpp"
#include "support/captured_log.hpp"
#include "support/fake_clock.hpp"
#include "support/socket_pair.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <utility>

using namespace lmqtt;
using lmqtt::net::admission_verdict;

namespace {

// One branch that is turned by hand, with one listener.
struct house {
    test::fake_clock clock;
    test::captured_log log;
    hooks decisions;
    persistence::memory_store kept;
    serving::grounds shared{decisions, log.output(), kept, clock};
    serving::shard turning{0, clock};

    house() {
        shared.branches.push_back(
            std::make_unique<serving::branch>(turning, shared, broker::broker_options{})
        );
        ours().use_rules({std::make_shared<const client::listener_rules>()});
    }

    serving::branch& ours() { return *shared.branches.front(); }

    client::hand_over arriving(net::file_descriptor descriptor) {
        client::hand_over result;
        result.socket.descriptor = std::move(descriptor);
        REQUIRE(admit(result.socket.visiting) == admission_verdict::admitted);
        return result;
    }

    admission_verdict admit(net::visit& who) { return shared.gate.admit(who, clock.now().steady); }
};

}  // namespace

TEST_CASE("a connection that its new shard cannot watch is dropped, and nothing else") {
    house here;
    here.shared.gate.set_limits({.connections = 1});
    constexpr int nobodys = 1'000'000;  // as when the system watches no more descriptors
    here.ours().environment().pass_on(0, here.arriving(net::file_descriptor(nobodys)));
    while (here.turning.turn(false)) {
    }
    CHECK(here.log.contains("connection dropped"));
    net::visit next;
    CHECK(here.admit(next) == admission_verdict::admitted);
}
