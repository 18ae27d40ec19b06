#include "broker/owner.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::broker;

namespace {

constexpr principal alice{.is_user = true, .username = "alice", .listener = "lan"};
constexpr principal bob{.is_user = true, .username = "bob", .listener = "lan"};
constexpr principal on_lan{.is_user = false, .username = {}, .listener = "lan"};
constexpr principal on_wan{.is_user = false, .username = {}, .listener = "wan"};

}  // namespace

TEST_CASE("C02: a session belongs to the user that has it, on every listener") {
    owner_names names;
    const owner its = names.of(alice);
    principal elsewhere = alice;
    elsewhere.listener = "wan";
    CHECK(names.owns(alice, its, "alice"));
    CHECK(names.owns(elsewhere, its, "alice"));
    CHECK_FALSE(names.owns(bob, its, "alice"));
    CHECK_FALSE(names.owns(on_lan, its, "alice"));
}

TEST_CASE("C02: an anonymous session belongs to the anonymous clients of its listener") {
    owner_names names;
    const owner its = names.of(on_lan);
    CHECK(names.owns(on_lan, its, ""));
    CHECK_FALSE(names.owns(on_wan, its, ""));
    CHECK_FALSE(names.owns(alice, its, "alice"));
    CHECK(names.listener_of(its) == "lan");
    CHECK(names.listener_of(names.of(alice)).empty());
}

TEST_CASE("a session of before owners were recorded belongs to whoever comes") {
    owner_names names;
    CHECK(names.owns(alice, owner::unknown, ""));
    CHECK(names.owns(on_wan, owner::unknown, "alice"));
}

TEST_CASE("an owner comes back from its text, whatever its name is") {
    owner_names names;
    CHECK(names.text_of(names.of(alice), "alice") == "user alice");
    CHECK(names.text_of(names.of(on_lan), "") == "anonymous lan");
    CHECK(names.text_of(owner::unknown, "x").empty());
    owner_names others;
    for (const principal& who : {alice, on_lan, on_wan}) {
        const std::string text = names.text_of(names.of(who), who.username);
        CHECK(others.owns(who, others.read(text), who.username));
    }
    CHECK(others.read("") == owner::unknown);
    CHECK(others.read("nonsense") == owner::unknown);
    const principal odd{.is_user = false, .username = {}, .listener = "anonymous user x"};
    CHECK(names.owns(odd, names.read(names.text_of(names.of(odd), "")), ""));
}
