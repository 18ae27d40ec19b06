// Who a client is: what the accounts say of it, while others are served, and what the hooks add.
#include "peer.hpp"

#include <optional>
#include <utility>

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

connect_packet
as(std::string_view user, std::string_view password, std::string_view client_id = "c") {
    connect_packet what;
    what.client_id = client_id;
    if (!user.empty()) {
        what.username = user;
    }
    if (!password.empty()) {
        what.password = password;
    }
    return what;
}

// The reason code of a CONNACK, or -1 without one.
int code(const std::string& connack) {
    return connack.size() < 4 ? -1 : static_cast<unsigned char>(connack[3]);
}

// Knows alice, with the password "secret"; answers when it is told to.
struct accounts {
    exchange& with;
    bool at_once = true;
    int asked = 0;
    std::optional<client::login> who;
    std::function<void(client::login_verdict)> done;

    explicit accounts(exchange& of)
        : with(of) {
        with.env.desk.has_accounts = [](const std::string&) { return true; };
        with.env.desk.check =
            [this](client::login&& asker, std::function<void(client::login_verdict)> answer) {
                ++asked;
                who = std::move(asker);
                done = std::move(answer);
                if (at_once) {
                    answer_now();
                }
            };
    }

    void answer_now() {
        client::login_verdict said;
        if (!who->username && !who->password) {
            return done(said);
        }
        if (who->username == "alice" && who->password == "secret") {
            said.username = "alice";
            said.roles = {"ops"};
        } else {
            said.reason = reason_code::bad_user_name_or_password;
        }
        done(said);
    }
};

}  // namespace

TEST_CASE("a password that the accounts know lets in, others do not", "[authenticate]") {
    exchange with;
    accounts known(with);
    peer one(with);
    CHECK(code(one.connect(as("alice", "secret"))) == 0);
    CHECK(known.who->client_id == "c");
    CHECK(with.broker.sessions().find("c")->username() == "alice");
    peer two(with);
    CHECK(code(two.connect(as("alice", "wrong", "d"))) == 0x86);
    CHECK(with.broker.sessions().find("d") == nullptr);
}

TEST_CASE(
    "where there are accounts, nobody is anonymous unless the listener says so", "[authenticate]"
) {
    exchange with;
    accounts known(with);
    peer one(with);
    CHECK(code(one.connect(as("", ""))) == 0x87);
    CHECK(known.asked == 0);
    with.rules->allow_anonymous = true;
    peer two(with);
    CHECK(code(two.connect(as("", ""))) == 0);
    peer three(with);
    CHECK(code(three.connect(as("eve", "guess", "e"))) == 0x86);
}

TEST_CASE(
    "without accounts only this machine's programs are anonymous by default", "[authenticate]"
) {
    exchange with;
    with.rules->is_local = true;
    peer one(with);
    CHECK(code(one.connect(as("anybody", "anything"))) == 0);
    with.rules->is_local = false;
    peer two(with);
    CHECK(code(two.connect(as("", "", "d"))) == 0x87);
    peer three(with);
    CHECK(code(three.connect(as("anybody", "anything", "e"))) == 0x86);
}

TEST_CASE("B14: while one password is checked, others are served", "[authenticate]") {
    exchange with;
    accounts known(with);
    known.at_once = false;
    peer slow(with);
    slow.say(as("alice", "secret", "slow"));
    with.settle();
    CHECK(slow.read().empty());
    known.at_once = true;
    auto waiting = std::exchange(known.done, nullptr);
    auto who = known.who;
    peer quick(with);
    CHECK(code(quick.connect(as("alice", "secret", "quick"))) == 0);
    known.who = who;
    known.done = waiting;
    known.answer_now();
    with.settle();
    CHECK(code(slow.read()) == 0);
}

TEST_CASE("a client that is gone when its answer comes is not let in", "[authenticate]") {
    exchange with;
    accounts known(with);
    known.at_once = false;
    std::optional<peer> one(std::in_place, with);
    one->say(as("alice", "secret"));
    with.settle();
    with.pass(with.rules->limits.handshake_timeout + 1s);
    one.reset();
    with.pass(2s);
    known.answer_now();
    with.settle();
    CHECK(with.gone() == 1);
    CHECK(with.broker.sessions().find("c") == nullptr);
}

TEST_CASE(
    "C02: a session is its user's: others neither resume, discard nor kick it", "[authenticate]"
) {
    exchange with;
    accounts known(with);
    with.rules->allow_anonymous = true;
    peer alice(with);
    CHECK(code(alice.connect(as("alice", "secret"))) == 0);
    peer nobody(with);
    CHECK(code(nobody.connect(as("", ""))) == 0x85);
    CHECK_FALSE(alice.closed());
    peer again(with);
    CHECK(code(again.connect(as("alice", "secret"))) == 0);
    CHECK(alice.closed());
}

TEST_CASE("the hook is asked after the accounts, and may still refuse", "[authenticate]") {
    exchange with;
    accounts known(with);
    std::string asked;
    with.decisions.on_basic_auth = [&](basic_auth_request& request) {
        asked += request.client.username;
        return decision{reason_code::banned, {}};
    };
    peer one(with);
    CHECK(code(one.connect(as("alice", "secret"))) == 0x8A);
    CHECK(asked == "alice");
    peer two(with);
    CHECK(code(two.connect(as("alice", "wrong"))) == 0x86);
    CHECK(asked == "alice");
}

TEST_CASE("a connection ends when its proof does", "[authenticate]") {
    exchange with;
    with.env.desk.check =
        [&with](client::login&&, std::function<void(client::login_verdict)> done) {
            client::login_verdict brief;
            brief.username = "alice";
            brief.until = with.clock.now().wall + 60s;
            done(brief);
        };
    peer one(with);
    CHECK(code(one.connect(as("alice", "token"))) == 0);
    with.pass(59s);
    CHECK_FALSE(one.closed());
    with.pass(2s);
    CHECK(one.closed());
}

TEST_CASE(
    "whom nobody could check in time is told so, and not just closed (B14)", "[authenticate]"
) {
    exchange with;
    accounts of(with);
    of.at_once = false;
    peer one(with);
    one.say(as("alice", "secret"));
    with.settle();
    REQUIRE(of.asked == 1);
    CHECK(of.who->until == with.clock.now().steady + with.rules->limits.handshake_timeout);
    with.pass(with.rules->limits.handshake_timeout + 1s);
    CHECK(code(one.read()) == 0x97);
    CHECK(one.closed());
    of.answer_now();  // too late, and to nobody
    CHECK(one.closed());
}

TEST_CASE(
    "whom the accounts object to while it is looked at does not come in (C06)", "[authenticate]"
) {
    exchange with;
    accounts of(with);
    of.at_once = false;
    std::string_view objection;
    with.env.desk.objection = [&](const client::guest& who) {
        CHECK(who.username == "alice");
        CHECK(who.client_id == "c");
        return objection;
    };
    peer one(with);
    one.say(as("alice", "secret"));
    with.settle();
    objection = "its account is gone";
    of.answer_now();
    with.settle();
    CHECK(code(one.read()) == 0x87);
    CHECK(with.broker.sessions().find("c") == nullptr);
    CHECK(with.log.contains("its account is gone"));
}
