// What the accounts say of a login: passwords, tokens, names of certificates, SCRAM, bans.
#include "office.hpp"
#include "support/scram_client.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

using namespace lmqtt;
using namespace lmqtt::test;
using client::login;
using client::login_verdict;
using serving::accounts_desk;

TEST_CASE("a password is asked of the accounts, with its user's roles", "[accounts]") {
    office here;
    here.add("alice", "secret");
    here.add("gone", "secret", true);
    accounts_desk desk = here.desk();
    CHECK(desk.has_accounts());
    const login_verdict alice = ask(desk, named("alice", "secret"));
    CHECK(alice.reason == reason_code::success);
    CHECK(alice.username == "alice");
    CHECK(alice.roles == std::vector<std::string>{"ops"});
    constexpr auto wrong = reason_code::bad_user_name_or_password;
    CHECK(ask(desk, named("alice", "Secret")).reason == wrong);
    CHECK(ask(desk, named("alice", std::nullopt)).reason == wrong);
    CHECK(ask(desk, named("nobody", "secret")).reason == wrong);
    CHECK(ask(desk, named("gone", "secret")).reason == wrong);
}

TEST_CASE("where there are no accounts nothing is proved", "[accounts]") {
    office here;
    accounts_desk desk = here.desk();
    CHECK_FALSE(desk.has_accounts());
    const login_verdict said = ask(desk, named("alice", "secret"));
    CHECK(said.reason == reason_code::success);
    CHECK(said.username.empty());
}

TEST_CASE("a certificate's name needs no password, but its account may be disabled", "[accounts]") {
    office here;
    here.add("alice", "secret");
    here.add("gone", "secret", true);
    accounts_desk desk = here.desk();
    login proved = named("alice", std::nullopt);
    proved.is_proved = true;
    CHECK(ask(desk, proved).username == "alice");
    CHECK(ask(desk, proved).roles == std::vector<std::string>{"ops"});
    proved.username = "gone";
    CHECK(ask(desk, proved).reason == reason_code::not_authorized);
    proved.username = "a stranger";
    CHECK(ask(desk, proved).username == "a stranger");
}

TEST_CASE("who is banned does not come in, by whatever it is known", "[accounts]") {
    office here;
    here.add("alice", "secret");
    {
        accounts::database db(here.options.accounts, 1);
        db.put_ban({accounts::ban_kind::address, "198.51.100.0/24", {}, "noise"});
        db.put_ban({accounts::ban_kind::client, "rogue", {}, ""});
    }
    accounts_desk desk = here.desk();
    login who = named("alice", "secret");
    who.peer = "198.51.100.9:1";
    CHECK(ask(desk, who).reason == reason_code::banned);
    who = named("alice", "secret");
    who.client_id = "rogue";
    CHECK(ask(desk, who).reason == reason_code::banned);
    who.username = std::nullopt;
    who.password = std::nullopt;
    CHECK(ask(desk, who).reason == reason_code::banned);
}

TEST_CASE("SCRAM-SHA-256 is known where there are accounts, other methods are not", "[accounts]") {
    office here;
    {
        accounts_desk nobody = here.desk();
        CHECK_FALSE(nobody.desk_of(at_once).begin_exchange("SCRAM-SHA-256", {}));
    }
    here.add("alice", "secret");
    accounts_desk desk = here.desk();
    const client::login_desk at = desk.desk_of(at_once);
    CHECK_FALSE(at.begin_exchange("PLAIN", {}));
    const client::auth_exchange exchange = at.begin_exchange("SCRAM-SHA-256", {});
    REQUIRE(exchange);
    const client::exchange_step first = exchange("n,,n=alice,r=abcdefgh");
    CHECK(first.go_on);
    CHECK(first.answer.starts_with("r=abcdefgh"));
    const client::exchange_step last = exchange("c=biws,r=wrong,p=AAAA");
    CHECK_FALSE(last.go_on);
    CHECK(last.verdict.reason == reason_code::not_authorized);
}

namespace {

// The reason at the end of an exchange as this user with this password, from this address.
reason_code prove(accounts_desk& desk, const login& who) {
    const std::string first = "n,,n=" + who.username.value() + ",r=abc";
    login from = who;
    from.username = std::nullopt;
    const auto exchange = desk.desk_of(at_once).begin_exchange("SCRAM-SHA-256", std::move(from));
    client::exchange_step step = exchange(first);
    if (step.go_on) {
        step = exchange(test::scram_proof(first, step.answer, who.password.value()));
    }
    return step.verdict.reason;
}

}  // namespace

TEST_CASE("wrong proofs of SCRAM slow down as wrong passwords do (C16)", "[accounts]") {
    office here;
    here.options.backoff = true;
    here.add("alice", "secret");
    here.add("bob", "hunter2");
    accounts_desk desk = here.desk();
    const char* const name = GENERATE("alice", "mallory");
    for (int guess = 0; guess < 6; ++guess) {
        REQUIRE(prove(desk, named(name, "guess")) == reason_code::not_authorized);
    }
    constexpr auto later = reason_code::connection_rate_exceeded;
    CHECK(prove(desk, named(name, "guess")) == later);
    CHECK(prove(desk, named("bob", "hunter2")) == later);
    CHECK(ask(desk, named("bob", "hunter2")).reason == later);
    login elsewhere = named("bob", "hunter2");
    elsewhere.peer = "192.0.2.8:1";
    CHECK(prove(desk, elsewhere) == reason_code::success);
    elsewhere.username = name;  // held back wherever it comes from
    CHECK(prove(desk, elsewhere) == later);
    here.clock.advance(std::chrono::seconds(1));
    CHECK(prove(desk, named("bob", "hunter2")) == reason_code::success);
    CHECK(prove(desk, named(name, "guess")) == reason_code::not_authorized);
    CHECK(prove(desk, named("bob", "hunter2")) == later);
}

TEST_CASE("wrong passwords slow down SCRAM, too (C16)", "[accounts]") {
    office here;
    here.options.backoff = true;
    here.add("alice", "secret");
    accounts_desk desk = here.desk();
    for (int guess = 0; guess < 6; ++guess) {
        REQUIRE(ask(desk, named("alice", "guess")).reason != reason_code::success);
    }
    CHECK(prove(desk, named("alice", "secret")) == reason_code::connection_rate_exceeded);
}

TEST_CASE("exchanges that were begun before the failures count, too (C16)", "[accounts]") {
    office here;
    here.options.backoff = true;
    here.add("alice", "secret");
    accounts_desk desk = here.desk();
    const std::string first = "n,,n=alice,r=abc";
    std::vector<std::pair<client::auth_exchange, std::string>> begun;
    for (int guess = 0; guess < 20; ++guess) {
        login from = named("", std::nullopt);
        auto exchange = desk.desk_of(at_once).begin_exchange("SCRAM-SHA-256", std::move(from));
        std::string challenge = exchange(first).answer;
        begun.emplace_back(std::move(exchange), std::move(challenge));
    }
    int looked_at = 0;
    for (auto& [exchange, challenge] : begun) {
        const auto said = exchange(test::scram_proof(first, challenge, "guess")).verdict.reason;
        looked_at += said == reason_code::not_authorized ? 1 : 0;
    }
    CHECK(looked_at == 6);
}

TEST_CASE("what names no user is no guess", "[accounts]") {
    office here;
    here.options.backoff = true;
    here.add("alice", "secret");
    accounts_desk desk = here.desk();
    for (int n = 0; n < 20; ++n) {
        login from = named("", std::nullopt);
        const auto exchange =
            desk.desk_of(at_once).begin_exchange("SCRAM-SHA-256", std::move(from));
        REQUIRE(exchange("garbage").verdict.reason == reason_code::not_authorized);
    }
    CHECK(prove(desk, named("alice", "secret")) == reason_code::success);
}

TEST_CASE("who is banned gets no challenge", "[accounts]") {
    office here;
    here.add("alice", "secret");
    {
        accounts::database db(here.options.accounts, 1);
        db.put_ban({accounts::ban_kind::user, "alice", {}, ""});
    }
    accounts_desk desk = here.desk();
    const auto exchange = desk.desk_of(at_once).begin_exchange("SCRAM-SHA-256", {});
    const client::exchange_step first = exchange("n,,n=alice,r=abc");
    CHECK_FALSE(first.go_on);
    CHECK(first.answer.empty());
    CHECK(first.verdict.reason == reason_code::banned);
}

TEST_CASE("a token needs a key that can be used", "[accounts]") {
    office here;
    here.options.jwt.key_file = here.folder.path("none.pem").string();
    CHECK_THROWS_WITH(here.desk(), Catch::Contains("auth.jwt.key_file"));
    here.options.jwt.key_file = here.folder.write("bad.pem", "garbage").string();
    CHECK_THROWS_WITH(here.desk(), Catch::Contains("auth.jwt.key_file"));
    here.options.jwt.algorithm = token_algorithm::hs256;
    here.options.jwt.key_file = here.folder.write("secret", std::string(32, 's')).string();
    accounts_desk desk = here.desk();
    CHECK(desk.has_accounts());
    const login_verdict said = ask(desk, named("alice", "eyJhbGciOiJub25lIn0.e30."));
    CHECK(said.reason == reason_code::bad_user_name_or_password);
}

namespace {

// What a look at the files has told; nothing if that is not expected and there was nothing to tell.
std::optional<bool> desk_says(accounts_desk& desk, bool is_expected) {
    struct answer {
        std::mutex guard;
        std::condition_variable come;
        std::optional<bool> said;
    };

    const auto told = std::make_shared<answer>();  // a later look may outlive us
    const auto looked = [told](bool usable) {
        const std::lock_guard lock(told->guard);
        told->said = usable;
        told->come.notify_all();
    };
    const auto is_told = [&] { return told->said.has_value(); };
    do {
        // Again, since the thread of the look before may only be about to end.
        desk.look_for_changes(looked);
        std::unique_lock lock(told->guard);
        told->come.wait_for(lock, std::chrono::milliseconds(is_expected ? 10 : 0), is_told);
        if (told->said) {
            break;
        }
    } while (is_expected);
    const std::lock_guard lock(told->guard);
    return told->said;
}

}  // namespace

TEST_CASE("accounts that change are read again, once", "[accounts]") {
    office here;
    accounts_desk desk = here.desk();
    CHECK_FALSE(desk_says(desk, false));
    here.add("alice", "secret");
    CHECK(desk_says(desk, true) == true);
    CHECK(ask(desk, named("alice", "secret")).username == "alice");
    CHECK(desk.roles_of("alice") == std::vector<std::string>{"ops"});
    CHECK(desk.roles_of("nobody").empty());
}

TEST_CASE("accounts that cannot be read are told at every look, and in the log once") {
    office here;
    here.options.password_file = here.folder.write("users", "").string();
    accounts_desk desk = here.desk();
    const auto kept = here.folder.path("kept");
    std::filesystem::rename(here.options.password_file, kept);
    here.folder.write("users", "garbage\n");
    const auto lines = [&] {
        const std::string all = here.log.text();
        std::size_t count = 0;
        for (std::size_t at = 0; (at = all.find("the old ones stay", at)) != all.npos; ++at) {
            ++count;
        }
        return count;
    };
    CHECK(desk_says(desk, true) == false);
    CHECK(desk_says(desk, true) == false);
    CHECK(lines() == 1);
    here.folder.write("users", "# fine\ngarbage\n");  // another line of it
    CHECK(desk_says(desk, true) == false);
    CHECK(lines() == 2);
    std::filesystem::rename(kept, here.options.password_file);
    CHECK(desk_says(desk, true) == true);
    CHECK(here.log.contains("accounts can be read again"));
    CHECK_FALSE(desk_says(desk, false));
}
