#include "accounts/authenticator.hpp"
#include "asked_authenticator.hpp"

using namespace lmqtt;
using namespace lmqtt::accounts;
using namespace std::chrono_literals;
using accounts::test::broker;
using accounts::test::cheap;
using accounts::test::kind;
using lmqtt::test::noon;

TEST_CASE("the right password is accepted, with name and roles", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {cheap}, .roles = {"reader", "writer"}});
    CHECK(
        in.check(in.as("alice", "correct horse")) ==
        verdict{kind::accepted, "alice", {"reader", "writer"}, 0ms}
    );
    CHECK(in.try_as("alice", "wrong horse") == kind::refused);
    CHECK(in.try_as("Alice", "correct horse") == kind::refused);
    CHECK(in.complaints.empty());
}

TEST_CASE("no password, an empty one, and no name get nobody in (C13)", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {cheap}});
    in.add({.name = "bob"});
    for (const char* const name : {"alice", "bob", "nobody", "", "a\nb"}) {
        CHECK(in.says_at_once(in.as(name, std::nullopt), kind::refused));
        CHECK(in.says_at_once(in.as(name, ""), kind::refused));
    }
    CHECK(in.says_at_once(in.as("", "correct horse"), kind::refused));
    CHECK(in.try_as("bob", "correct horse") == kind::refused);
}

TEST_CASE("a directory without accounts lets nobody in (C11)", "[authenticator]") {
    broker in({}, "# nobody yet\n\n");
    CHECK(in.try_as("alice", "correct horse") == kind::refused);
}

TEST_CASE("a password may be as long as MQTT lets it be", "[authenticator]") {
    broker in;
    const std::string longest(65'535, 'x');
    in.add({.name = "alice", .password = {hash_password(longest, hash_profile::argon2id_edge)}});
    CHECK(in.try_as("alice", longest) == kind::accepted);
    CHECK(in.try_as("alice", longest.substr(1)) == kind::refused);
}

TEST_CASE("what was checked is known at once, until it is too long ago", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {hash_password("x", hash_profile::argon2id_edge)}});
    REQUIRE(in.try_as("alice", "x") == kind::accepted);
    CHECK(in.says_at_once(in.as("alice", "x"), kind::accepted));
    CHECK_FALSE(in.says_at_once(in.as("alice", "y"), kind::accepted));
    in.time.advance(10min);
    CHECK(in.try_as("alice", "x") == kind::accepted);
}

TEST_CASE("a user who changes is checked anew", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {hash_password("x", hash_profile::argon2id_edge)}});
    REQUIRE(in.try_as("alice", "x") == kind::accepted);
    SECTION("another password") {
        in.file.db.set_password("alice", {hash_password("y", hash_profile::argon2id_edge)}, noon);
        REQUIRE(in.who.reload(noon).empty());
        CHECK(in.try_as("alice", "x") == kind::refused);
        CHECK(in.try_as("alice", "y") == kind::accepted);
    }
    SECTION("disabled") {
        in.file.db.set_disabled("alice", true, noon);
        REQUIRE(in.who.reload(noon).empty());
        CHECK(in.try_as("alice", "x") == kind::refused);
    }
    SECTION("removed") {
        in.file.db.remove_user("alice");
        REQUIRE(in.who.reload(noon).empty());
        CHECK(in.try_as("alice", "x") == kind::refused);
    }
    SECTION("other roles") {
        const std::string role = "new";
        in.file.db.set_roles("alice", {&role, 1}, noon);
        REQUIRE(in.who.reload(noon).empty());
        CHECK(in.check(in.as("alice", "x")).roles == std::vector<std::string>{"new"});
    }
}

TEST_CASE("who is banned hears so whatever the password", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {cheap}});
    const std::int64_t now = base::milliseconds_of(in.time.now().wall);
    const ban banned = GENERATE_COPY(
        ban{ban_kind::address, "192.0.2.0/24", now + 1},
        ban{ban_kind::user, "alice", now + 1},
        ban{ban_kind::client, "client", now + 1}
    );
    in.file.db.put_ban(banned);
    REQUIRE(in.who.reload(noon).empty());
    CHECK(in.says_at_once(in.as("alice", "correct horse"), kind::banned));
    CHECK(in.says_at_once(in.as("alice", std::nullopt), kind::banned));
    in.time.advance(1ms);
    CHECK(in.try_as("alice", "correct horse") == kind::accepted);
}

TEST_CASE("guesses are slowed down by address, and others go on (C16)", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {hash_password("x", hash_profile::argon2id_edge)}});
    REQUIRE(in.try_as("alice", "x") == kind::accepted);
    for (int guess = 0; guess < 6; ++guess) {
        REQUIRE(in.try_as("user" + std::to_string(guess), "guess") == kind::refused);
    }
    const verdict later = in.check(in.as("another", "guess"));
    CHECK(later == verdict{.is = kind::try_later, .retry_after = 1000ms});
    // Also with a password that is known to be right: or the cache would answer guesses.
    CHECK(in.says_at_once(in.as("alice", "x"), kind::try_later));
    login elsewhere = in.as("alice", "x");
    elsewhere.peer = "192.0.2.8:1";
    CHECK(in.says_at_once(elsewhere, kind::accepted));
    in.time.advance(1s);
    CHECK(in.try_as("another", "guess") == kind::refused);
    CHECK(in.check(in.as("another", "guess")).retry_after == 2000ms);
}

TEST_CASE("guesses at one user are slowed down wherever they come from (C16)", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {hash_password("x", hash_profile::argon2id_edge)}});
    const auto guess = [&in](const char* name, const char* password, int from) {
        login one = in.as(name, password);
        one.peer = "[2001:db8:0:" + std::to_string(from) + "::1]:5";
        return in.check(one).is;
    };
    SECTION("with a password nobody used lately, that user waits") {
        for (int from = 0; from < 6; ++from) {
            REQUIRE(guess("alice", "guess", from) == kind::refused);
        }
        CHECK(guess("alice", "x", 7) == kind::try_later);
        CHECK(guess("nobody", "x", 7) == kind::refused);
        in.time.advance(1s);
        CHECK(guess("alice", "x", 7) == kind::accepted);
        CHECK(guess("alice", "guess", 8) == kind::refused);  // forgotten by the success
    }
    SECTION("devices that were accepted lately come back all the same") {
        REQUIRE(guess("alice", "x", 100) == kind::accepted);
        for (int from = 0; from < 6; ++from) {
            REQUIRE(guess("alice", "guess", from) == kind::refused);
        }
        CHECK(guess("alice", "x", 100) == kind::accepted);
        CHECK(guess("alice", "guess", 101) == kind::try_later);
    }
    SECTION("a user that does not exist is no different (C15)") {
        for (int from = 0; from < 6; ++from) {
            REQUIRE(guess("nobody", "guess", from) == kind::refused);
        }
        CHECK(guess("nobody", "guess", 7) == kind::try_later);
    }
}

TEST_CASE("nobody is held back if that is not wanted", "[authenticator]") {
    broker in({.back_off = false});
    in.add({.name = "alice", .password = {cheap}});
    for (int guess = 0; guess < 20; ++guess) {
        REQUIRE(in.try_as("alice", "guess") == kind::refused);
    }
    CHECK(in.try_as("alice", "correct horse") == kind::accepted);
}

TEST_CASE("what others hashed is hashed anew at the first login", "[authenticator]") {
    broker in;
    in.add({.name = "alice", .password = {cheap}, .changed_ms = 5});
    CHECK(in.try_as("alice", "wrong horse") == kind::refused);
    CHECK(in.stored() == cheap);
    REQUIRE(in.try_as("alice", "correct horse") == kind::accepted);
    const user now = in.file.db.read().users[0];
    CHECK_FALSE(needs_rehash(now.password.hash, hash_profile::argon2id_edge));
    CHECK(verify_password(now.password.hash, "correct horse"));
    CHECK(now.password.scram);
    CHECK(now.changed_ms == 5);
    CHECK(in.says_at_once(in.as("alice", "correct horse"), kind::accepted));
    CHECK(in.try_as("alice", "wrong horse") == kind::refused);
    CHECK(in.stored() == now.password.hash);
    CHECK(in.complaints.empty());
}

TEST_CASE("who SCRAM cannot serve logs in by password all the same", "[authenticator]") {
    broker in;
    in.add({.name = "\u2168", .password = {cheap}});
    CHECK(in.try_as("IX", "correct horse") == kind::refused);  // plain names are bytes
    REQUIRE(in.try_as("\u2168", "correct horse") == kind::accepted);
    CHECK(is_own_hash(in.stored()));
    CHECK_FALSE(in.file.db.read().users[0].password.scram);
    CHECK(in.complaints.empty());
}

TEST_CASE(
    "a hash of another profile follows the profile, and gets nothing it had not", "[authenticator]"
) {
    broker in;
    in.add({.name = "alice", .password = {hash_password("x", hash_profile::argon2id)}});
    REQUIRE(in.try_as("alice", "x") == kind::accepted);
    CHECK(in.stored().starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
    CHECK_FALSE(in.file.db.read().users[0].password.scram);
}

TEST_CASE(
    "a hash that cannot be written is a complaint, and no reason to refuse", "[authenticator]"
) {
    broker in;
    in.add({.name = "alice", .password = {cheap}});
    database other(in.file.path, noon);
    in.file.folder.write("accounts.db", std::string(20'000, 'x'));
    CHECK(in.try_as("alice", "correct horse") == kind::accepted);
    in.gate.reset();
    REQUIRE(in.complaints.size() == 1);
    CHECK(lmqtt::test::contains(in.complaints[0], "accounts.db"));
    CHECK_FALSE(lmqtt::test::contains(in.complaints[0], "horse"));
}

TEST_CASE("a hash that does not tell how its password ends stays", "[authenticator]") {
    const std::string bcrypt = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    broker in({.back_off = false});
    in.add({.name = "alice", .password = {bcrypt}});
    CHECK(in.try_as("alice", std::string(72, 'x') + "and another end") == kind::accepted);
    CHECK(in.stored() == bcrypt);
    CHECK(in.try_as("alice", std::string(72, 'x')) == kind::accepted);
    CHECK(in.stored() != bcrypt);
}

TEST_CASE("users of a password file log in, and the file stays as it is", "[authenticator]") {
    const std::string line =
        "carol:$6$dHdlbHZlIGJ5dGVz$YYM06ssfmQH9NV69YjPqpNXGPKzgBzqazj7DavYb1aEG8UUkAToyJ8azRLUtfRmN"
        "tHCy4Ojw0B8kg4wPIp/p0Q==\n";
    broker in({}, line);
    CHECK(in.check(in.as("carol", "correct horse")) == verdict{kind::accepted, "carol", {}, 0ms});
    CHECK(in.try_as("carol", "correct horsf") == kind::refused);
    CHECK(in.file.folder.read("passwd") == line);
}

TEST_CASE(
    "failures that were not known when a guess was queued count when its turn comes (C16)",
    "[authenticator]"
) {
    broker in;
    std::atomic<int> looked_at = 0;
    std::atomic<int> answered = 0;
    std::promise<void> all;
    constexpr int guesses = 100;
    for (int n = 0; n < guesses; ++n) {
        in.gate->check(in.as("user" + std::to_string(n), "x"), [&](const verdict& said) {
            looked_at += said.is == kind::refused ? 1 : 0;
            if (++answered == guesses) {
                all.set_value();
            }
        });
    }
    all.get_future().wait();
    CHECK(looked_at == 6);
}

TEST_CASE("many threads may ask, reload and change at once", "[authenticator]") {
    broker in({.back_off = false});
    in.add({.name = "alice", .password = {cheap}});
    std::atomic<int> answers = 0;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> askers;
    for (int thread = 0; thread < 4; ++thread) {
        askers.emplace_back([&, thread] {
            for (int n = 0; n < 50; ++n) {
                const bool right = n % 10 != 0;
                in.gate->check(
                    in.as("alice", right ? "correct horse" : "guess"),
                    [&, right](const verdict& said) {
                        const auto expected = right ? kind::accepted : kind::refused;
                        wrong += said.is == expected || said.is == kind::busy ? 0 : 1;
                        ++answers;
                    }
                );
                if (thread == 0 && n % 5 == 0) {
                    wrong += in.who.reload(noon).empty() ? 0 : 1;
                }
            }
        });
    }
    for (std::thread& each : askers) {
        each.join();
    }
    in.gate.reset();
    CHECK(answers == 200);
    CHECK(wrong == 0);
}
