// Proofs of a name that others check, as far as the authenticator counts them.
#include "accounts/scram.hpp"
#include "asked_authenticator.hpp"

using namespace lmqtt;
using namespace lmqtt::accounts;
using namespace std::chrono_literals;
using accounts::test::broker;
using accounts::test::cheap;
using accounts::test::kind;
using lmqtt::test::noon;

TEST_CASE("proofs that others check count as passwords do (C16)", "[authenticator]") {
    broker in;
    in.add(
        {.name = "alice",
         .password =
             {hash_password("x", hash_profile::argon2id_edge),
              derive_scram_verifier("x", "some salt of ours", 4096)}}
    );
    login who = in.as("alice", std::nullopt);
    const auto held = [&in](const login& one) {
        const auto said = in.gate->holds_back(one);
        return said ? said->is : kind::accepted;
    };
    const auto fail = [&](int times) {
        for (int guess = 0; guess < times; ++guess) {
            REQUIRE(held(who) == kind::accepted);
            in.gate->count(who, false);
        }
    };
    SECTION("by address, whoever it is about, and with those of passwords") {
        fail(3);
        for (int guess = 0; guess < 3; ++guess) {
            REQUIRE(in.try_as("nobody", "guess") == kind::refused);
        }
        CHECK(held(in.as("", std::nullopt)) == kind::try_later);
        CHECK(in.try_as("bob", "x") == kind::try_later);
        who.peer = "192.0.2.8:1";
        CHECK(held(who) == kind::accepted);
    }
    SECTION("by user, wherever it comes from, whether there is one or not (C15)") {
        who.user_name = GENERATE("alice", "nobody");
        for (int from = 0; from < 6; ++from) {
            who.peer = "192.0.2." + std::to_string(from) + ":5";
            fail(1);
        }
        who.peer = "192.0.2.99:5";
        CHECK(in.gate->holds_back(who) == verdict{.is = kind::try_later, .retry_after = 1000ms});
        who.user_name = "";  // not known yet
        CHECK(held(who) == kind::accepted);
    }
    SECTION("a success forgets those of the user, not those of the address") {
        fail(5);
        in.gate->count(who, true);
        in.gate->count(who, false);
        CHECK(held(who) == kind::try_later);
        who.peer = "192.0.2.8:1";
        CHECK(held(who) == kind::accepted);
    }
    SECTION("who fails as somebody else does not keep that one's own devices out") {
        in.gate->count(who, true);
        login other = who;
        for (int from = 100; from < 106; ++from) {
            other.peer = "192.0.2." + std::to_string(from) + ":5";
            in.gate->count(other, false);
        }
        CHECK(held(who) == kind::accepted);
        CHECK(held(other) == kind::try_later);
        in.time.advance(10min - 1s);
        for (int more = 0; more < 6; ++more) {
            in.gate->count(other, false);
        }
        in.time.advance(1s);
        CHECK(held(who) == kind::try_later);  // it was too long ago
    }
    SECTION("but not on this machine, where no address is held back") {
        who.peer = "unix";
        in.gate->count(who, true);
        fail(6);
        CHECK(held(who) == kind::try_later);
    }
}

TEST_CASE("who is banned proves nothing either", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {cheap}});
    in.file.db.put_ban({ban_kind::user, "alice", {}, ""});
    REQUIRE(in.who.reload(noon).empty());
    CHECK(in.gate->holds_back(in.as("alice", std::nullopt)).value().is == kind::banned);
    CHECK_FALSE(in.gate->holds_back(in.as("bob", std::nullopt)));
}
