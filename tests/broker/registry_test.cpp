#include "broker/registry.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace lmqtt;
using broker::registry;

TEST_CASE("a session is found by its client identifier and by its handle", "[registry]") {
    registry all(7);
    session::session& one = all.create("one");
    session::session& two = all.create("two");
    CHECK(all.size() == 2);
    CHECK(one.client_id == "one");
    CHECK(all.find("one") == &one);
    CHECK(all.find("two") == &two);
    CHECK(all.find("on") == nullptr);
    CHECK(all.find("") == nullptr);
    CHECK(all.resolve(one.self) == &one);
    CHECK(all.resolve(two.self) == &two);
    CHECK(one.self != two.self);
    CHECK(broker::shard_of(one.self) == 7);
}

TEST_CASE("0 is no handle, and one of another shard finds nothing here", "[registry]") {
    registry here(1);
    registry there(2);
    session::session& mine = here.create("a");
    session::session& other = there.create("a");
    CHECK(here.resolve(0) == nullptr);
    CHECK(here.resolve(other.self) == nullptr);
    CHECK(here.resolve(mine.self + 1) == nullptr);
}

TEST_CASE("a handle finds nothing once its session has gone, whoever has its place", "[registry]") {
    registry all(0);
    std::set<session::handle> former;
    for (int life = 0; life < 1000; ++life) {
        session::session& mine = all.create("same name");
        CHECK(former.insert(mine.self).second);
        all.remove(mine);
        CHECK(all.find("same name") == nullptr);
        CHECK(all.size() == 0);
    }
    const session::session& last = all.create("same name");
    for (const session::handle each : former) {
        CHECK(all.resolve(each) == nullptr);
    }
    CHECK(all.resolve(last.self) == &last);
}

TEST_CASE("every session is visited once, those that have gone are not", "[registry]") {
    registry all(0);
    for (int number = 0; number < 100; ++number) {
        all.create(std::to_string(number));
    }
    for (int number = 0; number < 100; number += 3) {
        all.remove(*all.find(std::to_string(number)));
    }
    std::multiset<std::string> seen;
    all.for_each([&](const session::session& each) { seen.insert(each.client_id); });
    CHECK(seen.size() == all.size());
    for (int number = 0; number < 100; ++number) {
        CHECK(seen.count(std::to_string(number)) == (number % 3 == 0 ? 0 : 1));
    }
}
