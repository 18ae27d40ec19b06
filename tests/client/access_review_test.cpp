// New rules and changed accounts, for those who are there already.
#include "client/access_check.hpp"
#include "client/access_review.hpp"
#include "peer.hpp"
#include "rules_for.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

constexpr qos qos0 = qos::at_most_once;
constexpr qos qos1 = qos::at_least_once;
constexpr qos qos2 = qos::exactly_once;

access_rule allow_up_to(qos most, std::string topic) {
    access_rule rule = allow(std::move(topic));
    rule.maximum_qos = most;
    return rule;
}

void review(exchange& with) {
    lmqtt::client::access_review all;
    all.begin(with.env);
    while (all.go_on(with.env)) {
    }
    with.settle();
}

void change_rules(
    exchange& with, std::vector<access_rule> rules, const client::authority_terms& terms = {}
) {
    auto made = access::rule_set::make(std::move(rules), true);
    with.env.access.use(std::get<std::shared_ptr<const access::rule_set>>(std::move(made)), terms);
    review(with);
}

constexpr client::authority_terms disconnecting{.disconnects = true};

void publish(exchange& with, std::string_view topic) {
    message what;
    what.topic = topic;
    what.payload = "x";
    what.quality = qos2;
    with.broker.publish(what, {0, {}, *with.policy}, 0);
    with.settle();
}

// The QoS of a PUBLISH.
int quality_in(const std::string& packet) {
    REQUIRE_FALSE(packet.empty());
    REQUIRE((static_cast<unsigned char>(packet[0]) >> 4U) == 3);
    return (packet[0] >> 1U) & 3;
}

int quality_of_next(exchange& with, peer& reader, std::string_view topic) {
    publish(with, topic);
    return quality_in(reader.read());
}

connect_packet lasting() {
    connect_packet what;
    what.client_id = "c";
    what.clean_start = false;
    static const properties forever =
        std::move(properties().set(prop::session_expiry_interval, session::never_expires));
    what.properties = forever;
    return what;
}

}  // namespace

TEST_CASE("a subscription is granted less when a rule allows less (C06)", "[access_review]") {
    exchange with;
    use_rules(with, {allow("#")});
    peer reader(with);
    reader.connect();
    CHECK(reader.subscribe("a/#").back() == '\2');
    CHECK(reader.subscribe("b").back() == '\2');
    CHECK(quality_of_next(with, reader, "a/1") == 2);
    change_rules(with, {allow_up_to(qos0, "a/#"), allow_up_to(qos1, "b")});
    CHECK(quality_of_next(with, reader, "a/1") == 0);
    CHECK(quality_of_next(with, reader, "b") == 1);
}

TEST_CASE("more than was granted it never gets, but that much again", "[access_review]") {
    exchange with;
    use_rules(with, {allow_up_to(qos1, "a")});
    peer reader(with);
    reader.connect();
    CHECK(reader.subscribe("a").back() == '\1');
    change_rules(with, {allow_up_to(qos0, "a")});
    CHECK(quality_of_next(with, reader, "a") == 0);
    change_rules(with, {allow("a")});
    CHECK(quality_of_next(with, reader, "a") == 1);
    change_rules(with, {allow_up_to(qos0, "a")});
    with.env.access.use(nullptr);
    review(with);
    CHECK(quality_of_next(with, reader, "a") == 1);
}

TEST_CASE("a member of a shared group is granted less, too", "[access_review]") {
    exchange with;
    use_rules(with, {allow("#")});
    peer reader(with);
    reader.connect();
    CHECK(reader.subscribe("$share/g/a").back() == '\2');
    change_rules(with, {allow_up_to(qos0, "a")});
    CHECK(quality_of_next(with, reader, "a") == 0);
}

TEST_CASE("who is not there is granted less, and who comes back", "[access_review]") {
    exchange with;
    use_rules(with, {allow("#")});
    {
        peer reader(with);
        reader.connect(lasting());
        reader.subscribe("a");
        reader.subscribe("$share/g/b");
        reader.hang_up();
    }
    change_rules(with, {allow_up_to(qos0, "#")});
    publish(with, "a");
    publish(with, "b");
    peer reader(with);
    const std::string got = reader.connect(lasting());
    CHECK(got.find("\x30\x05\0\1a"s) != std::string::npos);
    CHECK(got.find("\x30\x05\0\1b"s) != std::string::npos);
    CHECK(quality_of_next(with, reader, "a") == 0);
    CHECK(quality_of_next(with, reader, "b") == 0);
}

TEST_CASE(
    "who comes back is granted what the listener it comes through allows", "[access_review]"
) {
    exchange with;
    with.policy->listener = "back";  // it came through another one
    access_rule generous = allow("a");
    generous.listeners = {"back"};
    use_rules(with, {generous, allow_up_to(qos0, "a")});
    {
        peer reader(with);
        reader.connect(lasting());
        reader.subscribe("a");
        reader.hang_up();
    }
    session::session* const held = with.broker.sessions().find("c");
    held->subscriptions.front().what.options.maximum_qos = qos2;
    with.broker.subscribe(*held, held->subscriptions.front().what);
    peer reader(with);
    reader.connect(lasting());
    CHECK(quality_of_next(with, reader, "a") == 0);
}

TEST_CASE("retained messages that are still owed come with less", "[access_review]") {
    exchange with;
    use_rules(with, {allow("#")});
    message what;
    what.topic = "a";
    what.payload = "x";
    what.quality = qos2;
    what.retain = true;
    with.broker.publish(what, {0, {}, *with.policy}, 0);
    peer reader(with);
    reader.connect(lasting());
    session::session* const held = with.broker.sessions().find("c");
    with.broker.subscribe(*held, {"a", {qos2}, 0});
    with.broker.replay_retained(*held, "a");
    with.broker.limit(*held, held->subscriptions.front().what, qos0);
    with.settle();
    CHECK(quality_in(reader.read()) == 0);
}

TEST_CASE("who has lost a subscription stays, and gets what it may receive", "[access_review]") {
    exchange with;
    use_rules(with, {allow("#")});
    peer reader(with);
    reader.connect();
    reader.subscribe("#");
    access_rule receives = allow("a");
    receives.actions = {};
    receives.actions.add(access_action::receive);
    change_rules(with, {receives});
    publish(with, "b");
    CHECK(reader.read().empty());
    CHECK(quality_of_next(with, reader, "a") == 2);
}

TEST_CASE("or its connection ends, if that is wanted (C06)", "[access_review]") {
    exchange with;
    use_rules(with, {allow("#")});
    peer loser(with);
    loser.connect("loser");
    loser.subscribe("a");
    loser.subscribe("b");
    peer other(with);
    other.connect("other");
    other.subscribe("a");
    peer idle(with);
    idle.connect("idle");
    change_rules(with, {allow("a")}, disconnecting);
    CHECK(loser.read() == "\xE0\1\x87"s);
    CHECK(loser.closed());
    CHECK(other.there() != nullptr);
    CHECK(idle.there() != nullptr);
    CHECK(with.log.contains("has lost a subscription to new access rules"));
}

TEST_CASE("it ends where there were no rules before", "[access_review]") {
    exchange with;
    peer loser(with);
    loser.connect("loser");
    loser.subscribe("b");
    change_rules(with, {allow("a")}, disconnecting);
    CHECK(loser.closed());
}

TEST_CASE("what nobody has lost ends no connection", "[access_review]") {
    exchange with;
    use_rules(with, {allow("a")});
    peer one(with);
    one.connect("one");
    one.subscribe("a");
    // The program's own doing: rules were never asked about it.
    with.broker.subscribe(*with.broker.sessions().find("one"), {"b", {qos1}, 0});
    for (int times = 0; times < 3; ++times) {
        change_rules(with, {allow("a"), allow("c")}, disconnecting);
        CHECK(one.there() != nullptr);
    }
}

TEST_CASE("what was granted by rules that were not looked at yet is no loss", "[access_review]") {
    exchange with;
    use_rules(with, {allow("a")});
    peer one(with);
    one.connect("one");
    use_rules(with, {allow("b")});
    one.subscribe("b");
    change_rules(with, {allow("b")}, disconnecting);
    CHECK(one.there() != nullptr);
    change_rules(with, {allow("a")}, disconnecting);
    CHECK(one.closed());
}

TEST_CASE("whom the accounts do not know any more has to go", "[access_review]") {
    exchange with;
    std::string gone;
    with.env.desk.objection = [&gone](const client::guest& who) {
        return who.client_id == gone ? std::string_view("banned") : std::string_view();
    };
    peer one(with);
    one.connect("one");
    peer other(with);
    other.connect("other");
    review(with);
    CHECK(one.there() != nullptr);
    gone = "one";
    review(with);
    CHECK(one.read() == "\xE0\1\x87"s);
    CHECK(one.closed());
    CHECK(other.there() != nullptr);
    CHECK(with.log.contains("banned"));
}

TEST_CASE("everybody is looked at, so many a turn", "[access_review]") {
    exchange with;
    static constexpr int sessions = 2500;
    for (int at = 0; at < sessions; ++at) {
        session::session& made = with.broker.sessions().create("c" + std::to_string(at));
        made.rules = with.policy;
        with.broker.subscribe(made, {"a", {qos2}, 0});
    }
    use_rules(with, {allow_up_to(qos0, "a")});
    lmqtt::client::access_review all;
    all.begin(with.env);
    CHECK(all.go_on(with.env));
    CHECK_FALSE(all.go_on(with.env));
    CHECK_FALSE(all.go_on(with.env));
    with.directory.subscriptions.with_shared([](const topic::subscription_index& index) {
        struct {
            int low = 0;

            void subscription(const topic::subscriber& each) {
                low += each.options.maximum_qos == qos0 ? 1 : 0;
            }

            static void group(const topic::shared_group&) {}
        } sink;

        index.match("a", sink);
        CHECK(sink.low == sessions);
    });
}
