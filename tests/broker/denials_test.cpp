#include "broker/denials.hpp"
#include "support/held_store.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <variant>
#include <vector>

using namespace lmqtt;
using namespace lmqtt::broker;

namespace {

constexpr denial refused_publish{"c", "ann", denied_action::publish, "t", "rules.toml:1"};

struct counting {
    test::held_store store;
    std::atomic<unsigned> late{0};
    journal changes{store, 0, late};
    metrics numbers;
    denials denied;

    bool count(const denial& what, std::int64_t now_ms = 0) {
        return denied.count(what, numbers, now_ms);
    }

    // Topic and times of what the store was told of.
    std::vector<std::string> stored() {
        changes.seal({}, [] {});
        std::vector<std::string> all;
        for (const store_change& each : store.submitted(0)) {
            const auto& told = std::get<change::denials_counted>(each);
            all.push_back(told.topic + " " + std::to_string(told.count));
        }
        return all;
    }
};

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("the first denial of a cause is told apart from those that follow", "[denials]") {
    counting with;
    CHECK(with.count(refused_publish));
    CHECK_FALSE(with.count(refused_publish));
    denial other = refused_publish;
    other.action = denied_action::retain;
    CHECK(with.count(other));
    other = refused_publish;
    other.topic = "u";
    CHECK(with.count(other));
    other = refused_publish;
    other.client_id = "d";
    CHECK(with.count(other));
}

TEST_CASE("a client, an action and a topic are not confused with one another", "[denials]") {
    counting with;
    CHECK(with.count({"a", "", denied_action::publish, "b/c", "r"}));
    CHECK(with.count({"ab", "", denied_action::publish, "/c", "r"}));
}

TEST_CASE("every denial is in the numbers of its action", "[denials]") {
    counting with;
    for (const auto action :
         {denied_action::connect,
          denied_action::publish,
          denied_action::subscribe,
          denied_action::receive,
          denied_action::retain}) {
        denial what = refused_publish;
        what.action = action;
        with.count(what);
        with.count(what);
    }
    CHECK(with.numbers.denied_connect.value() == 2);
    CHECK(with.numbers.denied_publish.value() == 2);
    CHECK(with.numbers.denied_subscribe.value() == 2);
    CHECK(with.numbers.denied_receive.value() == 2);
    CHECK(with.numbers.denied_retain.value() == 2);
}

TEST_CASE("the store is told about once a second, of all at once", "[denials]") {
    counting with;
    with.count(refused_publish, 5000);
    with.denied.tell(with.changes, 5000);
    CHECK(with.stored() == strings{"t 1"});
    with.count(refused_publish, 5100);
    with.count(refused_publish, 5200);
    with.denied.tell(with.changes, 5999);
    CHECK(with.stored() == strings{"t 1"});
    with.denied.tell(with.changes, 6000);
    CHECK(with.stored() == strings{"t 1", "t 2"});
    with.denied.tell(with.changes, 9000);
    CHECK(with.stored() == strings{"t 1", "t 2"});
}

TEST_CASE("what is told names everything there is to know", "[denials]") {
    counting with;
    with.count(refused_publish, 1234);
    with.denied.tell_all(with.changes);
    with.changes.seal({}, [] {});
    const auto told = std::get<change::denials_counted>(with.store.submitted(0).at(0));
    CHECK(told.client_id == "c");
    CHECK(told.username == "ann");
    CHECK(told.action == "publish");
    CHECK(told.topic == "t");
    CHECK(told.reason == "rules.toml:1");
    CHECK(told.count == 1);
    CHECK(told.last_at_ms == 1234);
}

TEST_CASE("a store without room is told later", "[denials]") {
    counting with;
    with.store.be(store_state::full);
    with.count(refused_publish, 5000);
    with.denied.tell(with.changes, 5000);
    CHECK(with.stored().empty());
    with.store.be(store_state::working);
    with.denied.tell(with.changes, 5001);
    CHECK(with.stored() == strings{"t 1"});
}

TEST_CASE("nobody fills memory with causes, and later ones are known again", "[denials]") {
    counting with;
    for (std::size_t at = 0; at < denials::most_causes + 10; ++at) {
        const std::string topic = std::to_string(at);
        denial what = refused_publish;
        what.topic = topic;
        CHECK(with.count(what, 5000));
    }
    CHECK(with.denied.causes() == denials::most_causes);
    CHECK(with.numbers.denied_publish.value() == denials::most_causes + 10);
    with.denied.tell(with.changes, 6000);
    CHECK(with.stored().size() == denials::most_causes);
    CHECK(with.denied.causes() == 0);
    CHECK(with.count(refused_publish, 6000));
    CHECK_FALSE(with.count(refused_publish, 6000));
}

TEST_CASE("nor with long topics", "[denials]") {
    counting with;
    for (int at = 0; at < 100; ++at) {
        const std::string topic = std::to_string(at) + std::string(60'000, 'x');
        denial what = refused_publish;
        what.topic = topic;
        with.count(what);
    }
    CHECK(with.denied.causes() <= denials::most_bytes / 60'000 + 1);
}

TEST_CASE("every action has its word", "[denials]") {
    CHECK(text_of(denied_action::connect) == "connect");
    CHECK(text_of(denied_action::publish) == "publish");
    CHECK(text_of(denied_action::subscribe) == "subscribe");
    CHECK(text_of(denied_action::receive) == "receive");
    CHECK(text_of(denied_action::retain) == "retain");
}
