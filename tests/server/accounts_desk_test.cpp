// What the accounts say of a login: passwords, tokens, names of certificates, SCRAM, bans.
#include "accounts/database.hpp"
#include "accounts/password_hash.hpp"
#include "server/accounts_desk.hpp"
#include "support/captured_log.hpp"
#include "support/fake_clock.hpp"
#include "support/scram_client.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <condition_variable>
#include <mutex>

using namespace lmqtt;
using client::login;
using client::login_verdict;
using serving::accounts_desk;

namespace {

// Runs what is posted where it is posted, as if that were the shard.
void at_once(const std::function<void()>& what) {
    what();
}

login named(std::string user, std::optional<std::string> password) {
    login who;
    who.username = std::move(user);
    who.password = std::move(password);
    who.peer = "192.0.2.7:49152";
    who.client_id = "c";
    return who;
}

struct office {
    test::scratch folder;
    test::fake_clock clock;
    test::captured_log log;
    auth_options options;
    accounts::file_set of_listeners;

    office() {
        options.accounts = folder.path("accounts.db").string();
        options.hash = password_hash::argon2id_edge;
        options.backoff = false;
    }

    void add(const std::string& user, const std::string& password, bool disabled = false) const {
        accounts::database db(options.accounts, 1);
        accounts::user made;
        made.name = user;
        made.password.hash =
            accounts::hash_password(password, accounts::hash_profile::argon2id_edge);
        made.password.scram = accounts::make_scram_verifier(password);
        made.disabled = disabled;
        made.roles = {"ops"};
        const std::array all = {made};
        REQUIRE(db.add_users(all).empty());
    }

    accounts_desk desk() { return {options, of_listeners, log.logger("accounts"), clock}; }
};

login_verdict ask(accounts_desk& desk, login who) {
    std::mutex guard;
    std::condition_variable come;
    std::optional<login_verdict> said;
    const client::login_desk here = desk.desk_of(at_once);
    here.check(std::move(who), [&](login_verdict answer) {
        const std::lock_guard lock(guard);
        said = std::move(answer);
        come.notify_all();
    });
    std::unique_lock lock(guard);
    come.wait(lock, [&] { return said.has_value(); });
    return *said;
}

}  // namespace

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

TEST_CASE("accounts that change are read again, once", "[accounts]") {
    office here;
    accounts_desk desk = here.desk();
    std::mutex guard;
    std::condition_variable come;
    int changes = 0;
    const auto changed = [&] {
        const std::lock_guard lock(guard);
        ++changes;
        come.notify_all();
    };
    desk.look_for_changes(changed);
    here.add("alice", "secret");
    desk.look_for_changes(changed);
    {
        std::unique_lock lock(guard);
        come.wait(lock, [&] { return changes == 1; });
    }
    CHECK(ask(desk, named("alice", "secret")).username == "alice");
    CHECK(desk.roles_of("alice") == std::vector<std::string>{"ops"});
    CHECK(desk.roles_of("nobody").empty());
}

namespace {

// A listener's own file of these users, each with the password "lan".
std::string listed(office& here, const std::string& name, const std::vector<std::string>& users) {
    const std::string hash = accounts::hash_password("lan", accounts::hash_profile::argon2id_edge);
    std::string lines;
    for (const std::string& each : users) {
        lines += each + ":" + hash + "\n";
    }
    std::string file = here.folder.write(name, lines).string();
    here.of_listeners.insert(file);
    return file;
}

login on(const std::string& file, login who) {
    who.password_file = file;
    return who;
}

client::guest guest_of(const login_verdict& said, const std::string& file_now) {
    return {said.username, said.has_account, "192.0.2.7:1", "c", said.of_file, file_now};
}

}  // namespace

TEST_CASE("a listener's file takes the place of the server's, not of the database", "[accounts]") {
    office here;
    here.add("alice", "secret");
    here.options.password_file = here.folder.write("all", "").string();
    const std::string lan = listed(here, "lan", {"alice", "bob"});
    accounts_desk desk = here.desk();
    constexpr auto wrong = reason_code::bad_user_name_or_password;
    const login_verdict bob = ask(desk, on(lan, named("bob", "lan")));
    CHECK(bob.username == "bob");
    CHECK(bob.of_file == lan);
    CHECK_FALSE(bob.roles_are_the_accounts);
    CHECK(ask(desk, named("bob", "lan")).reason == wrong);
    const login_verdict alice = ask(desk, on(lan, named("alice", "secret")));
    CHECK(alice.username == "alice");
    CHECK(alice.of_file.empty());
    CHECK(alice.roles_are_the_accounts);
    CHECK(ask(desk, on(lan, named("alice", "lan"))).reason == wrong);
    CHECK(ask(desk, on("another", named("bob", "lan"))).reason == wrong);
}

TEST_CASE("a listener with a file of its own, empty or not, knows accounts", "[accounts]") {
    office here;
    const std::string lan = listed(here, "lan", {});
    accounts_desk desk = here.desk();
    CHECK_FALSE(desk.has_accounts());
    CHECK(desk.has_accounts(lan));
    const auto said = ask(desk, on(lan, named("bob", "lan")));
    CHECK(said.reason == reason_code::bad_user_name_or_password);
    CHECK(desk.desk_of(at_once).begin_exchange("SCRAM-SHA-256", on(lan, {})));
}

TEST_CASE("who is not the account of that name any more has to go", "[accounts]") {
    office here;
    here.options.password_file = here.folder.write("all", "").string();
    const std::string lan = listed(here, "lan", {"alice", "bob"});
    accounts_desk desk = here.desk();
    const login_verdict bob = ask(desk, on(lan, named("bob", "lan")));
    const login_verdict alice = ask(desk, on(lan, named("alice", "lan")));
    const auto objection = desk.desk_of(at_once).objection;
    CHECK(objection(guest_of(bob, lan)).empty());
    CHECK(objection(guest_of(alice, lan)).empty());
    CHECK(objection(guest_of(bob, "")) == "its account is gone");
    CHECK(objection(guest_of(bob, "another")) == "its account is gone");
    here.add("alice", "secret");
    listed(here, "lan", {"alice"});
    desk.use(desk.read_again(here.of_listeners));
    CHECK(objection(guest_of(bob, lan)) == "its account is gone");
    CHECK(objection(guest_of(alice, lan)) == "its account is gone");
    const login_verdict of_database = ask(desk, on(lan, named("alice", "secret")));
    CHECK(objection(guest_of(of_database, lan)).empty());
}

TEST_CASE("C16: failures on a listener with a file of its own are that listener's", "[accounts]") {
    office here;
    here.options.backoff = true;
    here.options.password_file = listed(here, "all", {"bob"});
    here.of_listeners.clear();
    const std::string lan = listed(here, "lan", {"bob"});
    accounts_desk desk = here.desk();
    const auto from = [](login who, int address) {
        who.peer = "192.0.2." + std::to_string(address) + ":1";
        return who;
    };
    for (int each = 1; each <= 6; ++each) {
        static_cast<void>(ask(desk, from(on(lan, named("bob", "wrong")), each)));
    }
    constexpr auto held_back = reason_code::connection_rate_exceeded;
    CHECK(ask(desk, from(on(lan, named("bob", "lan")), 9)).reason == held_back);
    CHECK(ask(desk, from(named("bob", "lan"), 9)).username == "bob");
    // The success was of somebody else.
    CHECK(ask(desk, from(on(lan, named("bob", "lan")), 10)).reason == held_back);
}
