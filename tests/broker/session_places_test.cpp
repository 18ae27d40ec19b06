#include "broker/session_places.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt::broker;

namespace {

constexpr place_holder alice{owner::user, "alice"};
constexpr place_holder bob{owner::user, "bob"};
constexpr place_holder nobody{owner::last_listener, "alice"};
constexpr session_limits plenty{.in_all = 1000, .of_one_user = 2};

}  // namespace

TEST_CASE("B10: a user has as many sessions as may be, and another user as many again") {
    session_places places;
    CHECK(places.take(alice, plenty));
    CHECK(places.take(alice, plenty));
    for (int more = 0; more < 20; ++more) {
        CHECK_FALSE(places.take(alice, plenty));
    }
    CHECK(places.of_user(alice) == 2);
    CHECK(places.take(bob, plenty));
    CHECK(places.in_all() == 3);
}

TEST_CASE("B10: a name that nothing has proved makes no difference") {
    session_places places;
    CHECK(places.take(alice, plenty));
    CHECK(places.take(alice, plenty));
    CHECK_FALSE(places.take(alice, plenty));
    for (int more = 0; more < 20; ++more) {
        CHECK(places.take(nobody, plenty));
    }
    CHECK(places.of_user(alice) == 2);
}

TEST_CASE("B10: users of different files share a name, and no limit") {
    session_places places;
    owner_names names;
    const owner lan = names.of({.is_user = true, .username = "alice", .file = "lan.passwd"});
    const place_holder of_file{lan, "alice"};
    for (int each = 0; each < 2; ++each) {
        CHECK(places.take(alice, plenty));
        CHECK(places.take(of_file, plenty));
    }
    CHECK_FALSE(places.take(alice, plenty));
    CHECK_FALSE(places.take(of_file, plenty));
    places.give_back(of_file);
    CHECK_FALSE(places.take(alice, plenty));
    CHECK(places.take(of_file, plenty));
    CHECK(places.users() == 2);
}

TEST_CASE("what is given back may be taken again, and leaves nothing behind") {
    session_places places;
    CHECK(places.take(alice, plenty));
    CHECK(places.take(alice, plenty));
    places.give_back(alice);
    CHECK(places.take(alice, plenty));
    CHECK_FALSE(places.take(alice, plenty));
    places.give_back(alice);
    places.give_back(alice);
    CHECK(places.users() == 0);
    CHECK(places.in_all() == 0);
}

TEST_CASE("all users together have no more sessions than the broker") {
    session_places places;
    constexpr session_limits few{.in_all = 2, .of_one_user = 2};
    CHECK(places.take(alice, few));
    CHECK(places.take(nobody, few));
    CHECK_FALSE(places.take(bob, few));
    CHECK_FALSE(places.take(nobody, few));
    CHECK(places.users() == 1);
}

TEST_CASE("what was there before counts, also beyond the limit") {
    session_places places;
    for (int each = 0; each < 5; ++each) {
        places.add(alice);
    }
    CHECK(places.of_user(alice) == 5);
    CHECK_FALSE(places.take(alice, plenty));
    for (int each = 0; each < 3; ++each) {
        places.give_back(alice);
    }
    CHECK_FALSE(places.take(alice, plenty));
    places.give_back(alice);
    CHECK(places.take(alice, plenty));
}
