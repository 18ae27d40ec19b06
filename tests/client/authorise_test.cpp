// What access rules say about a client, on every path.
#include "peer.hpp"
#include "rules_for.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using namespace std::string_literals;

namespace {

constexpr qos qos0 = qos::at_most_once;
constexpr qos qos1 = qos::at_least_once;
constexpr qos qos2 = qos::exactly_once;

// Byte 3 of a PUBACK or PUBREC that has a reason; 0: it has none.
int reason_in(const std::string& ack) {
    return ack.size() > 4 ? static_cast<unsigned char>(ack[4]) : 0;
}

int connack_code(const std::string& connack) {
    return static_cast<unsigned char>(connack.at(3));
}

connect_packet named(std::string_view client_id, std::string_view user = {}) {
    connect_packet what;
    what.client_id = client_id;
    if (!user.empty()) {
        what.username = user;
    }
    return what;
}

connect_packet willing(std::string_view topic) {
    connect_packet what = named("c");
    will_fields will;
    will.topic = topic;
    what.will = will;
    return what;
}

void let_everybody_in(exchange& with) {
    with.decisions.on_basic_auth = [](basic_auth_request&) { return decision{}; };
}

}  // namespace

TEST_CASE("without rules nobody objects", "[authorise]") {
    exchange with;
    peer one(with);
    one.connect("c");
    one.say(peer::publication("t", qos1));
    CHECK(reason_in(one.read()) == 0x10);
}

TEST_CASE("what no rule allows is refused with 0x87", "[authorise]") {
    exchange with;
    use_rules(with, {allow("open")});
    peer one(with);
    one.connect("c");
    one.say(peer::publication("open", qos1));
    CHECK(reason_in(one.read()) == 0x10);
    one.say(peer::publication("closed", qos1));
    CHECK(reason_in(one.read()) == 0x87);
    one.say(peer::publication("closed", qos2));
    CHECK(reason_in(one.read()) == 0x87);
    one.say(peer::publication("closed", qos0));
    CHECK(one.read().empty());
    CHECK(with.broker.numbers().denied_publish.value() == 3);
}

TEST_CASE("a hook does not see what rules forbid, and what it changes is its own", "[authorise]") {
    exchange with;
    int seen = 0;
    with.decisions.on_msg_arrived = [&seen](publish_request& request) {
        ++seen;
        request.what.topic = "closed";
        return decision{};
    };
    use_rules(with, {allow("open")});
    peer one(with);
    one.connect("c");
    one.say(peer::publication("closed", qos1));
    CHECK(reason_in(one.read()) == 0x87);
    CHECK(seen == 0);
    one.say(peer::publication("open", qos1));
    CHECK(reason_in(one.read()) == 0x10);
    CHECK(seen == 1);
}

TEST_CASE("an alias is asked about by the topic it stands for", "[authorise]") {
    exchange with;
    auto own = std::make_shared<client::listener_rules>(*with.rules);
    own->mqtt.topic_alias_maximum = 5;
    with.env.listeners = {own};
    use_rules(with, {allow("open")});
    peer one(with);
    one.connect("c");
    const properties alias = std::move(properties().set(prop::topic_alias, std::uint16_t{1}));
    for (const std::string_view topic : {"closed", ""}) {
        publish_packet what = peer::publication(topic, qos1);
        what.properties = alias;
        one.say(what);
        CHECK(reason_in(one.read()) == 0x87);
    }
}

TEST_CASE("rules see the mount point", "[authorise]") {
    exchange with;
    auto own = std::make_shared<client::listener_rules>(*with.rules);
    own->mount_point = "site/";
    with.env.listeners = {own};
    use_rules(with, {allow("site/open")});
    peer one(with);
    one.connect("c");
    one.say(peer::publication("open", qos1));
    CHECK(reason_in(one.read()) == 0x10);
    one.say(peer::publication("site/open", qos1));
    CHECK(reason_in(one.read()) == 0x87);
    CHECK(one.subscribe("open").back() == '\2');
    CHECK(one.subscribe("site/open").back() == '\x87');
}

TEST_CASE("a subscription is granted as far as a rule goes", "[authorise]") {
    exchange with;
    access_rule low = allow("t");
    low.maximum_qos = qos1;
    use_rules(with, {low});
    peer one(with);
    one.connect("c");
    CHECK(one.subscribe("t", qos2).back() == '\1');
    CHECK(one.subscribe("#", qos0).back() == '\x87');
    CHECK(with.broker.sessions().find("c")->find("#") == nullptr);
    CHECK(with.broker.sessions().find("c")->find("t")->what.options.maximum_qos == qos1);
    CHECK(with.broker.numbers().denied_subscribe.value() == 1);
}

TEST_CASE("what may not be received is dropped, and told with its reason", "[authorise]") {
    exchange with;
    std::string told;
    with.events.message_dropped = [&told](auto client, const auto& message, auto why) {
        told = std::string(client) + " " + std::string(message.topic()) + " " +
               std::string(session::text_of(why));
    };
    use_rules(with, {allow("#"), deny("a/secret", access_action::receive)});
    peer reader(with);
    reader.connect("reader");
    reader.subscribe("#");
    message what;
    what.topic = "a/secret";
    for (const qos quality : {qos0, qos1, qos2}) {
        what.quality = quality;
        with.broker.publish(what, {0, {}, *with.policy}, 0);
        with.settle();
        CHECK(reader.read().empty());
    }
    CHECK(told == "reader a/secret not_allowed");
    CHECK(with.broker.numbers().dropped_not_allowed.value() == 3);
    CHECK(with.broker.numbers().denied_receive.value() == 3);
    CHECK(with.broker.sessions().find("reader")->out.size() == 0);
}

TEST_CASE("rights are made anew when the rules have changed (C06)", "[authorise]") {
    exchange with;
    use_rules(with, {allow("t")});
    peer one(with);
    one.connect("c");
    one.say(peer::publication("t", qos1));
    CHECK(reason_in(one.read()) == 0x10);
    use_rules(with, {allow("u")});
    one.say(peer::publication("t", qos1));
    CHECK(reason_in(one.read()) == 0x87);
    with.env.access.use(nullptr);
    one.say(peer::publication("t", qos1));
    CHECK(reason_in(one.read()) == 0x10);
}

TEST_CASE("a name that a rule cannot use keeps its client out (C01)", "[authorise]") {
    exchange with;
    let_everybody_in(with);
    use_rules(with, {allow("%u/%c")});
    peer good(with);
    CHECK(connack_code(good.connect(named("c", "u"))) == 0);
    for (const char* const bad : {"#", "+", "a/b", "a/#", "$share/g/t", "a\x01z"}) {
        peer id(with);
        CHECK(connack_code(id.connect(named(bad, "u"))) == 0x85);
        peer user(with);
        CHECK(connack_code(user.connect(named("d", bad))) == 0x85);
    }
    CHECK(good.there() != nullptr);
    CHECK(with.broker.numbers().denied_connect.value() == 12);
}

TEST_CASE("a user name that nobody has proved is none", "[authorise]") {
    exchange with;
    access_rule for_ann = allow("t");
    for_ann.users = {"ann"};
    use_rules(with, {for_ann});
    peer claims(with);
    claims.connect(named("a", "ann"));
    claims.say(peer::publication("t", qos1));
    CHECK(reason_in(claims.read()) == 0x87);
    let_everybody_in(with);
    peer proves(with);
    proves.connect(named("b", "ann"));
    proves.say(peer::publication("t", qos1));
    CHECK(reason_in(proves.read()) == 0x10);
}

TEST_CASE("roles are those that authentication gave, also after a reload", "[authorise]") {
    exchange with;
    access_rule for_meters = allow("t");
    for_meters.roles = {"meter"};
    auto approved = std::make_unique<client::approval>();
    approved->roles = {"meter"};
    auto pair = lmqtt::test::make_socket_pair(0);
    const std::string connect = peer::bytes_of(named("c"));
    auto who = std::make_unique<client::client>(
        with.env, client::hand_over{std::move(pair.ours), connect, std::move(approved)}
    );
    with.tasks.spawn("client", client::client::run(std::move(who)));
    with.settle();
    CHECK(connack_code(pair.theirs.read()) == 0);
    use_rules(with, {for_meters});
    pair.theirs.write(peer::bytes_of(peer::publication("t", qos1)));
    with.settle();
    CHECK(reason_in(pair.theirs.read()) == 0x10);
}

TEST_CASE("who came with a token has its roles and no others, also after a reload", "[authorise]") {
    exchange with;
    with.env.roles_of = [](std::string_view) { return std::vector<std::string>{"meter"}; };
    std::vector<std::string> of_token;
    with.env.desk.check = [&](client::login&&, std::function<void(client::login_verdict)> done) {
        client::login_verdict said;
        said.username = "ann";
        said.roles = of_token;
        said.roles_are_the_accounts = false;
        said.until = with.clock.now().wall + std::chrono::hours(1);
        done(said);
    };
    access_rule for_meters = allow("t");
    for_meters.roles = {"meter"};
    use_rules(with, {for_meters});
    const int before = GENERATE(0x87, 0x10);
    if (before == 0x10) {
        of_token = {"meter"};
    }
    peer one(with);
    connect_packet what = named("c", "ann");
    what.password = "token";
    CHECK(connack_code(one.connect(what)) == 0);
    one.say(peer::publication("t", qos1));
    CHECK(reason_in(one.read()) == before);
    use_rules(with, {for_meters});
    one.say(peer::publication("t", qos1));
    CHECK(reason_in(one.read()) == before);
}

TEST_CASE("a will that may not be published keeps its client out (C03)", "[authorise]") {
    exchange with;
    use_rules(with, {allow("open")});
    peer holder(with);
    CHECK(connack_code(holder.connect(named("c"))) == 0);
    peer forbidden(with);
    CHECK(connack_code(forbidden.connect(willing("closed"))) == 0x87);
    CHECK(holder.there() != nullptr);  // nothing was taken over
    CHECK_FALSE(holder.closed());
    peer allowed(with);
    CHECK(connack_code(allowed.connect(willing("open"))) == 0);
}

TEST_CASE("retaining is denied as such", "[authorise]") {
    exchange with;
    use_rules(with, {allow("#"), deny("t", access_action::retain)});
    peer one(with);
    one.connect("c");
    publish_packet what = peer::publication("t", qos1);
    what.retain = true;
    one.say(what);
    CHECK(reason_in(one.read()) == 0x87);
    CHECK(with.broker.numbers().denied_retain.value() == 1);
    CHECK(with.broker.numbers().denied_publish.value() == 0);
    one.say(peer::publication("t", qos1));
    CHECK(reason_in(one.read()) == 0x10);
}
