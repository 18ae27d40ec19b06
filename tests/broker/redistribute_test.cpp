// What a departed member of a shared group leaves to the others, what was on its way to it, and
// where a crash would find either.
#include "guest.hpp"

#include <algorithm>
#include <map>

using namespace lmqtt;
using namespace lmqtt::broker::test;

namespace {

using strings = std::vector<std::string>;
using place = std::pair<std::uint64_t, std::uint64_t>;  // session, position
using reasons = std::vector<reason_code>;

// What the store has committed: places in queues, by whose they are.
class disk {
public:
    explicit disk(shards& world) {
        world.store.on_commit([this](const store_change& each) { see(each); });
    }

    std::vector<std::uint64_t> owners() const {
        std::vector<std::uint64_t> found;
        for (const auto& each : places_) {
            found.push_back(each.first.first);
        }
        return found;
    }

private:
    void see(const store_change& what) {
        if (const auto* saved = std::get_if<change::delivery_saved>(&what)) {
            places_[{saved->session_id, saved->position}] = saved->message_id;
        } else if (const auto* moved = std::get_if<change::delivery_moved>(&what)) {
            CHECK(places_.erase({moved->session_id, moved->position}) == 1);
            places_[{moved->to.session_id, moved->to.position}] = moved->to.message_id;
        } else if (const auto* removed = std::get_if<change::delivery_removed>(&what)) {
            places_.erase({removed->session_id, removed->position});
        } else if (const auto* ended = std::get_if<change::session_removed>(&what)) {
            std::erase_if(places_, [&](const auto& each) {
                return each.first.first == ended->session_id;
            });
        }
    }

    std::map<place, std::uint64_t> places_;
};

std::uint64_t id_of(guest& who) {
    return who.home().sessions().find(who.client_id())->stored_id;
}

// Somebody with a message of a group, and the other members, on other shards.
struct legacy {
    shards world{2, true};
    disk stored{world};
    guest publisher{world, 0, "p"};
    guest member{world, 0, "member"};
    guest heir{world, 1, "heir"};
    guest second{world, 0, "second"};

    explicit legacy(qos quality) {
        publisher.connect();
        join(member);
        publisher.publish("t", "acknowledged", quality, 1);
        world.commit();
        join(heir);
    }

    void join(guest& who) {
        who.connect({.expiry_seconds = 100});
        who.subscribe("$share/g/t", qos2);
        who.leave();
        world.commit();
    }
};

// A message of a group on its way to a member on shard 1 that is online, whose session ends before
// it is there; other members are not online.
struct journey {
    shards world;
    disk stored{world};
    guest publisher{world, 0, "p"};
    guest member{world, 1, "member"};

    explicit journey(bool durable = true)
        : world(3, durable) {
        publisher.connect({.expiry_seconds = 100});
        member.connect({.expiry_seconds = 100});
        member.subscribe("$share/g/t", qos2);
        world.commit();
        publisher.take();
    }

    void join(guest& who, std::string filter = "$share/g/t") {
        who.connect({.expiry_seconds = 100});
        who.subscribe(std::move(filter), qos2);
        who.leave();
        world.commit();
    }

    void send(qos quality) {
        publisher.publish("t", "under way", quality);
        world.turn(0);
        member.connect();
    }

    // What its publisher was told.
    std::vector<reason_code> answers() {
        std::vector<reason_code> found;
        for (const auto& each : publisher.read()) {
            found.push_back(each.reason);
        }
        return found;
    }
};

}  // namespace

TEST_CASE(
    "a group's message is one member's or nobody's, never lost or doubled", "[redistribute]"
) {
    legacy of(GENERATE(qos1, qos2));
    const std::uint64_t before = id_of(of.member);
    CHECK(of.stored.owners() == std::vector{before});
    of.member.connect({.clean_start = true, .expiry_seconds = 100});
    of.world.settle();
    REQUIRE(of.world.store.commit(0));
    CHECK(of.stored.owners() == std::vector<std::uint64_t>{0});
    REQUIRE(of.world.store.commit(1));
    CHECK(of.stored.owners() == std::vector{id_of(of.heir)});
    of.heir.connect({.clean_start = false, .expiry_seconds = 100});
    of.world.commit();
    CHECK(of.heir.payloads() == strings{"acknowledged"});
}

TEST_CASE("a member on the same shard takes the place over at once", "[redistribute]") {
    legacy of(qos1);
    of.heir.connect();  // and so ends its session
    of.join(of.second);
    of.member.connect();
    of.world.settle();
    REQUIRE(of.world.store.commit(0));
    CHECK(of.stored.owners() == std::vector{id_of(of.second)});
}

TEST_CASE("who was to inherit may have gone when the message arrives", "[redistribute]") {
    legacy of(qos1);
    of.member.connect();
    of.world.turn(0);  // it is on its way

    SECTION("then it is another's") {
        of.second.connect({.expiry_seconds = 100});
        of.second.subscribe("$share/g/t", qos2);
        of.heir.connect();
        of.world.commit();
        CHECK(of.stored.owners() == std::vector{id_of(of.second)});
        CHECK(of.second.payloads() == strings{"acknowledged"});
    }

    SECTION("or nothing is left of it") {
        of.heir.connect();
        of.world.commit();
        CHECK(of.stored.owners().empty());
    }
}

TEST_CASE(
    "what was on its way to a member that has gone is another's, wherever that one is "
    "[MQTT-4.8.2-5]",
    "[redistribute]"
) {
    journey of;
    guest heir(of.world, GENERATE(0U, 1U, 2U), "heir");
    of.join(heir);
    of.send(GENERATE(qos1, qos2));
    CHECK(of.answers().empty());
    of.world.commit();
    CHECK(of.answers() == reasons{reason_code::success});
    CHECK(of.stored.owners() == std::vector{id_of(heir)});
    heir.connect({.clean_start = false, .expiry_seconds = 100});
    of.world.commit();
    CHECK(heir.payloads() == strings{"under way"});
    CHECK(of.member.payloads().empty());
}

TEST_CASE("it is acknowledged when it is nobody's, not before", "[redistribute]") {
    journey of;
    guest heir(of.world, 2, "heir");
    of.join(heir);

    SECTION("QoS 1") {
        of.send(qos1);
        CHECK(of.answers().empty());
        REQUIRE(of.world.store.commit(1));
        CHECK(of.stored.owners() == std::vector<std::uint64_t>{0});
        CHECK(of.answers() == reasons{reason_code::success});
    }

    SECTION("QoS 2, together with the packet identifier") {
        of.send(qos2);
        REQUIRE_FALSE(of.world.store.commit(0));
        CHECK(of.answers().empty());
        REQUIRE(of.world.store.commit(0));
        CHECK(of.stored.owners() == std::vector<std::uint64_t>{0});
        CHECK(of.answers().empty());
        REQUIRE(of.world.store.commit(1));
        CHECK(of.answers() == reasons{reason_code::success});
    }

    REQUIRE(of.world.store.commit(2));
    CHECK(of.stored.owners() == std::vector{id_of(heir)});
}

TEST_CASE("what is on its way to a group without members has matched nothing", "[redistribute]") {
    journey of;
    of.send(GENERATE(qos1, qos2));
    of.world.commit();
    CHECK(of.answers() == reasons{reason_code::no_matching_subscribers});
    CHECK(of.stored.owners().empty());
}

TEST_CASE("the next one may have gone, too", "[redistribute]") {
    journey of;
    guest heir(of.world, 2, "heir");
    of.join(heir);
    of.send(GENERATE(qos1, qos2));
    of.world.turn(1);  // it is on its way to the heir
    heir.connect();
    guest last(of.world, GENERATE(0U, 1U, 2U), "last");
    of.join(last);
    of.world.commit();
    CHECK(of.answers() == reasons{reason_code::success});
    CHECK(of.stored.owners() == std::vector{id_of(last)});
}

TEST_CASE("each group finds another member for itself", "[redistribute]") {
    journey of;
    of.member.subscribe("$share/h/t", qos1);
    of.member.subscribe("t", qos1);
    guest here(of.world, 1, "here");
    guest there(of.world, 2, "there");
    guest reader(of.world, 1, "reader");
    of.join(here, "$share/h/t");
    of.join(there);
    of.join(reader, "t");
    of.send(GENERATE(qos1, qos2));
    of.world.commit();
    std::vector expected{id_of(here), id_of(there), id_of(reader)};
    std::ranges::sort(expected);
    CHECK(of.stored.owners() == expected);
}

TEST_CASE("what is not stored goes to another member as well", "[redistribute]") {
    const bool durable = GENERATE(true, false);
    journey of(durable);
    guest heir(of.world, GENERATE(0U, 1U, 2U), "heir");
    of.join(heir);
    of.send(durable ? qos0 : qos1);
    of.world.commit();
    CHECK(of.answers() == (durable ? reasons{} : reasons{reason_code::success}));
    CHECK(of.stored.owners().empty());
    heir.connect({.clean_start = false, .expiry_seconds = 100});
    of.world.commit();
    CHECK(heir.payloads() == strings{"under way"});
}
