// When wills fire, and what the store knows of them.
#include "guest.hpp"

using namespace lmqtt;
using namespace lmqtt::broker::test;
using broker::departure;

namespace {

using strings = std::vector<std::string>;

std::unique_ptr<stored_will> will(std::uint32_t delay_seconds, std::string payload = "gone") {
    auto made = std::make_unique<stored_will>();
    made->topic = "will";
    made->payload = std::move(payload);
    made->quality = qos1;
    made->delay_seconds = delay_seconds;
    return made;
}

const departure lost{.publish_will = true, .expiry_interval_seconds = {}};

// Somebody who leaves a will, and somebody who hears of it.
struct family {
    shards world;
    guest heir;
    guest testator;

    explicit family(unsigned count = 1, bool durable = false)
        : world(count, durable)
        , heir(world, count - 1, "heir")
        , testator(world, 0, "testator") {
        heir.connect();
        heir.subscribe("will");
        heir.read();
    }

    void connect(std::uint32_t delay_seconds, std::uint32_t expiry_seconds) {
        hello how{.clean_start = false, .expiry_seconds = expiry_seconds};
        how.will = will(delay_seconds);
        testator.connect(std::move(how));
    }

    strings after(std::int64_t milliseconds) {
        world.now_ms += milliseconds;
        testator.home().fire_wills(world.now_ms);
        testator.home().expire_sessions(world.now_ms);
        return heir.payloads();
    }
};

// Those that were submitted, in order.
template <class Change>
std::vector<Change> told(const shards& world, unsigned shard) {
    std::vector<Change> found;
    for (const auto& each : world.store.submitted(shard)) {
        if (const auto* one = std::get_if<Change>(&each)) {
            found.push_back(*one);
        }
    }
    return found;
}

// A will whose heir lasts as well.
struct stored_family : family {
    explicit stored_family(unsigned count)
        : family(count, true) {
        heir.connect({.expiry_seconds = 100});
        heir.subscribe("will", qos2);
        world.commit();
        heir.read();
    }
};

}  // namespace

TEST_CASE(
    "a will without delay is published when the connection is lost [MQTT-3.1.2-8]", "[expiry]"
) {
    family some(GENERATE(1U, 2U));
    some.connect(0, GENERATE(0U, 100U));
    CHECK(some.heir.payloads().empty());
    some.testator.leave(lost);
    CHECK(some.heir.payloads() == strings{"gone"});
    CHECK(some.after(1'000'000).empty());
}

TEST_CASE("a will is forgotten with a normal DISCONNECT [MQTT-3.1.2-10]", "[expiry]") {
    family some;
    some.connect(0, 100);
    some.testator.leave();
    CHECK(some.after(1'000'000).empty());
}

TEST_CASE("a will waits for its delay, or for the end of the session [MQTT-3.1.3-9]", "[expiry]") {
    family some;

    SECTION("its delay is shorter") {
        some.connect(10, 100);
        some.testator.leave(lost);
        CHECK(some.after(9'999).empty());
        CHECK(some.after(1) == strings{"gone"});
        CHECK(some.after(1'000'000).empty());
    }

    SECTION("its delay is longer") {
        some.connect(100, 10);
        some.testator.leave(lost);
        CHECK(some.after(9'999).empty());
        CHECK(some.after(1) == strings{"gone"});
    }

    SECTION("the session ends before, by a clean start") {
        some.connect(100, 1000);
        some.testator.leave(lost);
        some.testator.connect();
        CHECK(some.heir.payloads() == strings{"gone"});
    }

    SECTION("the client comes back in time") {
        some.connect(10, 100);
        some.testator.leave(lost);
        CHECK(some.after(9'000).empty());
        some.connect(10, 100);
        CHECK(some.after(100'000).empty());
        some.testator.leave(lost);
        CHECK(some.after(9'999).empty());
        CHECK(some.after(1) == strings{"gone"});
    }
}

TEST_CASE("wills of many wait until those before them were delivered", "[expiry]") {
    family with;
    std::vector<std::unique_ptr<guest>> many;
    for (int number = 0; number < 600; ++number) {
        auto& one = *many.emplace_back(
            std::make_unique<guest>(with.world, 0, "many" + std::to_string(number))
        );
        hello how{.expiry_seconds = 100};
        how.will = will(10);
        how.will->quality = qos0;
        one.connect(std::move(how));
        one.leave(lost);
    }
    auto& home = with.heir.home();
    with.world.now_ms += 11'000;
    std::size_t heard = 0;
    int pauses = 0;
    while (home.fire_wills(with.world.now_ms)) {
        heard += with.heir.payloads().size();
        ++pauses;
        REQUIRE(pauses < 10);
    }
    CHECK(pauses == 2);
    CHECK(heard == 512);
    CHECK(with.heir.payloads().size() == 88);
}

TEST_CASE("a will that is not allowed when it fires is not published (C03)", "[expiry]") {
    family some;
    strings told;
    bool allowed = false;
    some.world.listeners.will_allowed = [&](const session::session& whose,
                                            const stored_will& what) {
        told.push_back(whose.client_id + " " + what.payload);
        return allowed;
    };
    some.world.listeners.will_publish = [&](std::string_view, message&) {
        told.emplace_back("a hook");
        return true;
    };
    some.connect(0, 100);
    some.testator.leave(lost);
    CHECK(some.heir.payloads().empty());
    CHECK(told == strings{"testator gone"});
    CHECK(some.testator.home().numbers().wills_published.value() == 0);
    allowed = true;
    some.connect(0, 100);
    some.testator.leave(lost);
    CHECK(some.heir.payloads() == strings{"gone"});
    CHECK(told == strings{"testator gone", "testator gone", "a hook"});
}

TEST_CASE("whoever listens changes a will, or keeps it back", "[expiry]") {
    family some;
    strings told;
    some.world.listeners.will_publish = [&](std::string_view client_id, message& what) {
        told.push_back(std::string(client_id) + " " + what.payload);
        what.payload += "!";
        return what.quality == qos1;
    };
    some.world.listeners.will_published = [&](std::string_view client_id, const message& what) {
        told.push_back(std::string(client_id) + " published " + what.payload);
    };
    some.connect(0, 100);
    some.testator.leave(lost);
    CHECK(some.heir.payloads() == strings{"gone!"});
    CHECK(told == strings{"testator gone", "testator published gone!"});
    CHECK(some.testator.home().numbers().wills_published.value() == 1);
    told.clear();
    hello how{.clean_start = false, .expiry_seconds = 100};
    how.will = will(0);
    how.will->quality = qos0;
    some.testator.connect(std::move(how));
    some.testator.leave(lost);
    CHECK(some.heir.payloads().empty());
    CHECK(told == strings{"testator gone"});
}

TEST_CASE("a will goes with what is stored of it, and with its session's end", "[wills]") {
    using change::will_removed;
    stored_family some(1);
    some.connect(0, 100);
    some.world.commit();
    some.testator.leave(lost);
    some.world.settle();
    const auto removed = told<will_removed>(some.world, 0);
    REQUIRE(removed.size() == 1);
    CHECK(removed.front().will_id == told<change::will_saved>(some.world, 0).front().will.id);
    CHECK(removed.front().other_shards == 0);
    CHECK(told<change::delivery_saved>(some.world, 0).size() == 1);
    CHECK(some.world.store.waiting() == 1);  // one batch, so one transaction
}

TEST_CASE("a will is not forgotten before other shards have stored what they deliver", "[wills]") {
    stored_family some(2);
    some.connect(0, GENERATE(0U, 100U));
    some.world.commit();
    some.testator.leave(lost);
    some.world.turn(0);
    CHECK_FALSE(some.world.store.commit(0));
    some.world.settle();
    const auto removed = told<change::will_removed>(some.world, 0);
    REQUIRE(removed.size() == 1);
    CHECK(removed.front().other_shards == 1);
    const auto linked = told<change::deliveries_linked>(some.world, 1);
    REQUIRE(linked.size() == 1);
    CHECK(linked.front().message_id == removed.front().message_id);
    CHECK(told<change::delivery_saved>(some.world, 1).front().linked);
    // Meanwhile no session holds it: a crash leaves it due, whatever else it leaves.
    const auto saved = told<change::will_saved>(some.world, 0);
    REQUIRE(saved.size() == 2);
    CHECK(saved.back().will.id == removed.front().will_id);
    CHECK(saved.back().session_id == 0);
    CHECK(saved.back().client_id == "testator");
    some.world.commit();
    CHECK(some.heir.payloads() == strings{"gone"});
}

TEST_CASE("a will of a session that does not last is stored, and nobody waits for it", "[wills]") {
    stored_family some(1);
    some.connect(0, 0);
    guest other(some.world, 0, "other");
    other.connect();
    CHECK(some.testator.read().size() == 1);
    CHECK(other.read().size() == 1);
    const auto saved = told<change::will_saved>(some.world, 0);
    REQUIRE(saved.size() == 1);
    CHECK(saved.front().session_id == 0);
    CHECK(some.world.store.linger_of_newest() > std::chrono::milliseconds(100));

    SECTION("it is removed by a normal DISCONNECT, and nobody waits for that either") {
        some.testator.leave();
        some.world.settle();
        CHECK(some.world.store.linger_of_newest() > std::chrono::milliseconds(100));
    }

    SECTION("or when it has fired") {
        some.testator.leave(lost);
    }

    some.world.settle();
    const auto removed = told<change::will_removed>(some.world, 0);
    REQUIRE(removed.size() == 1);
    CHECK(removed.front().will_id == saved.front().will.id);
}

TEST_CASE("a will that comes back from a store fires as its client's", "[wills]") {
    family some(GENERATE(1U, 2U));
    strings asked;
    some.world.listeners.will_allowed = [&](const session::session& whose, const stored_will&) {
        asked.push_back(whose.client_id + " " + std::string(whose.username()));
        return true;
    };
    change::will_saved held{0, "testator", "anna", "user anna", *will(0)};
    held.will.id = 3;
    some.world.at(0).fire_restored(
        std::move(held), std::make_shared<session::policy>(some.world.rules), some.world.now_ms
    );
    CHECK(some.heir.payloads() == strings{"gone"});
    CHECK(asked == strings{"testator anna"});
}
