// What a listener's own password file changes about a login.
#include "office.hpp"

#include <string>
#include <vector>

using namespace lmqtt;
using namespace lmqtt::test;
using client::login;
using client::login_verdict;
using serving::accounts_desk;

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
    return {
        .username = said.username,
        .has_account = said.has_account,
        .client_id = "c",
        .of_file = said.of_file,
        .peer = "192.0.2.7:1",
        .password_file = file_now};
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
