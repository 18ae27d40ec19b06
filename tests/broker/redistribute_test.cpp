// What a departed member of a shared group leaves to the others, and where a crash would find it.
#include "guest.hpp"

#include <map>

using namespace lmqtt;
using namespace lmqtt::broker::test;

namespace {

using strings = std::vector<std::string>;
using place = std::pair<std::uint64_t, std::uint64_t>;  // session, position

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

    std::uint64_t id_of(guest& who) {
        return who.home().sessions().find(who.client_id())->stored_id;
    }
};

}  // namespace

TEST_CASE(
    "a group's message is one member's or nobody's, never lost or doubled", "[redistribute]"
) {
    legacy of(GENERATE(qos1, qos2));
    const std::uint64_t before = of.id_of(of.member);
    CHECK(of.stored.owners() == std::vector{before});
    of.member.connect({.clean_start = true, .expiry_seconds = 100});
    of.world.settle();
    REQUIRE(of.world.store.commit(0));
    CHECK(of.stored.owners() == std::vector<std::uint64_t>{0});
    REQUIRE(of.world.store.commit(1));
    CHECK(of.stored.owners() == std::vector{of.id_of(of.heir)});
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
    CHECK(of.stored.owners() == std::vector{of.id_of(of.second)});
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
        CHECK(of.stored.owners() == std::vector{of.id_of(of.second)});
        CHECK(of.second.payloads() == strings{"acknowledged"});
    }

    SECTION("or nothing is left of it") {
        of.heir.connect();
        of.world.commit();
        CHECK(of.stored.owners().empty());
    }
}
