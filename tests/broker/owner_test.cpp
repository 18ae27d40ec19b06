#include "broker/owner.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::broker;

namespace {

constexpr principal alice{.is_user = true, .username = "alice", .listener = "lan"};
constexpr principal bob{.is_user = true, .username = "bob", .listener = "lan"};
constexpr principal on_lan{.is_user = false, .username = {}, .listener = "lan"};
constexpr principal on_wan{.is_user = false, .username = {}, .listener = "wan"};

principal in_file(std::string_view user, std::string_view file) {
    return {.is_user = true, .username = user, .listener = "lan", .file = file};
}

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
    for (const principal& who :
         {alice,
          on_lan,
          on_wan,
          in_file("alice", "/p"),
          in_file("alice of /p", "/q of /r"),
          in_file("alice", "/q")}) {
        const std::string text = names.text_of(names.of(who), who.username);
        CHECK(others.owns(who, others.read(text, who.username), who.username));
    }
    CHECK(others.read("", "x") == owner::unknown);
    CHECK(others.read("nonsense", "") == owner::unknown);
    const principal odd{.is_user = false, .username = {}, .listener = "anonymous user x"};
    CHECK(names.owns(odd, names.read(names.text_of(names.of(odd), ""), ""), ""));
}

TEST_CASE("C02: users of different files are different people, on every listener") {
    owner_names names;
    const principal of_p = in_file("alice", "/p");
    const owner its = names.of(of_p);
    CHECK(is_user(its));
    CHECK(is_of_file(its));
    CHECK(names.file_of(its) == "/p");
    CHECK(names.listener_of(its).empty());
    principal elsewhere = of_p;
    elsewhere.listener = "wan";
    CHECK(names.owns(elsewhere, its, "alice"));
    CHECK_FALSE(names.owns(in_file("bob", "/p"), its, "alice"));
    CHECK_FALSE(names.owns(in_file("alice", "/q"), its, "alice"));
    CHECK_FALSE(names.owns(alice, its, "alice"));
    CHECK_FALSE(names.owns(of_p, owner::user, "alice"));
    CHECK_FALSE(names.owns(on_lan, its, "alice"));
    CHECK(names.text_of(its, "alice") == "user alice of /p");
    const principal odd{.is_user = true, .username = "alice of /p"};
    CHECK(names.read("user alice of /p", "alice of /p") == names.of(odd));
}

TEST_CASE("an owner is a user, or a listener's anonymous clients, or unknown") {
    owner_names names;
    CHECK(is_user(owner::user));
    CHECK_FALSE(is_of_file(owner::user));
    CHECK_FALSE(is_user(owner::unknown));
    CHECK_FALSE(is_user(names.of(on_lan)));
    CHECK(names.file_of(names.of(on_lan)).empty());
}
