#include "access/rights.hpp"
#include "rules.hpp"

using namespace lmqtt;
using namespace lmqtt::access;
using namespace lmqtt::access::test;

namespace {

bool may_send(const rights& mine, std::string_view topic) {
    return mine.may_publish({.topic = topic}).allowed;
}

bool may_ask(const rights& mine, std::string_view filter) {
    return mine.may_subscribe(filter).allowed;
}

}  // namespace

TEST_CASE("without access control everything is allowed but what begins with a dollar (C10)") {
    const rights mine(set({}, false), {.client_id = "a/b"});
    CHECK(mine.may_publish({.topic = "a", .qos = qos::exactly_once, .retain = true}).allowed);
    CHECK(mine.may_publish({.topic = "a"}).why == grounds::no_rules);
    CHECK(may_ask(mine, "#"));
    CHECK(mine.may_subscribe("a").maximum_qos == qos::exactly_once);
    CHECK(mine.receives("a/b"));
    CHECK(mine.receives_all());
    CHECK(may_ask(mine, "$SYS/#"));
    CHECK(mine.receives("$SYS/broker/uptime"));
    for (const char* topic : {"$SYS/a", "$SYS", "$CONTROL/a", "$", "$share/g/a"}) {
        INFO(topic);
        CHECK(mine.may_publish({.topic = topic}).why == grounds::reserved);
    }
    for (const char* topic : {"$CONTROL/a", "$", "$SYSTEM/a", "$sys/a"}) {
        INFO(topic);
        CHECK_FALSE(may_ask(mine, topic));
        CHECK_FALSE(mine.receives(topic));
    }
}

TEST_CASE("access control without a rule allows nothing (C11)") {
    const rights mine = rights_by({});
    CHECK(mine.may_publish({.topic = "a"}).why == grounds::no_rule);
    CHECK(mine.may_subscribe("a").why == grounds::no_rule);
    CHECK(mine.may_receive("a").why == grounds::no_rule);
    CHECK_FALSE(mine.receives_all());
    CHECK_FALSE(mine.receives("$SYS/x"));
}

TEST_CASE("each action needs a rule of its own") {
    const rights mine =
        rights_by({allow({publish}, "p"), allow({subscribe}, "s"), allow({receive}, "r")});
    CHECK(may_send(mine, "p"));
    CHECK_FALSE(may_send(mine, "s"));
    CHECK_FALSE(may_send(mine, "r"));
    CHECK(may_ask(mine, "s"));
    CHECK_FALSE(may_ask(mine, "p"));
    CHECK(mine.receives("r"));
    CHECK_FALSE(mine.receives("s"));
}

TEST_CASE("retaining needs the right to publish and the right to retain") {
    const rights mine = rights_by(
        {allow({publish}, "p/#"),
         allow({retain}, "p/kept"),
         allow({retain}, "q"),
         deny({retain}, "p/kept/never"),
         allow({retain}, "p/kept/never")}
    );
    CHECK(mine.may_publish({.topic = "p/kept", .retain = true}).allowed);
    CHECK(mine.may_publish({.topic = "p/x", .retain = true}).why == grounds::no_retain_rule);
    CHECK(mine.may_publish({.topic = "q", .retain = true}).why == grounds::no_rule);
    CHECK(mine.may_publish({.topic = "p/kept/never", .retain = true}).why == grounds::denying_rule);
    CHECK(mine.may_publish({.topic = "p/kept/never"}).allowed);
}

TEST_CASE("a rule that denies wins, whatever the order (C05)") {
    const access_rule broad = allow({publish, subscribe, receive}, "a/#");
    const access_rule secret = deny({publish, subscribe, receive}, "a/secret");
    for (const auto& rules : {std::vector{broad, secret}, std::vector{secret, broad}}) {
        const rights mine = rights_by(rules);
        CHECK(may_send(mine, "a/b"));
        CHECK(mine.may_publish({.topic = "a/secret"}).why == grounds::denying_rule);
        CHECK(mine.may_publish({.topic = "a/secret"}).rule->topic == "a/secret");
        CHECK_FALSE(mine.receives("a/secret"));
        CHECK_FALSE(may_ask(mine, "a/secret"));
    }
}

TEST_CASE("a filter wider than a denial is granted, and filtered at delivery (C09)") {
    const rights mine = rights_by(
        {allow({subscribe, receive}, "a/#"),
         deny({receive}, "a/secret"),
         deny({subscribe}, "a/+/x")}
    );
    CHECK(may_ask(mine, "a/#"));
    CHECK(mine.receives("a/b"));
    CHECK_FALSE(mine.receives("a/secret"));
    CHECK_FALSE(may_ask(mine, "a/b/x"));
    CHECK_FALSE(may_ask(mine, "a/+/x"));
    // What may not be subscribed to is not had through a wider filter either.
    CHECK(mine.may_receive("a/b/x").why == grounds::denying_rule);
}

TEST_CASE("a filter has to be covered by one rule") {
    const rights mine = rights_by({allow({subscribe}, "a/+"), allow({subscribe}, "a/+/#")});
    CHECK(may_ask(mine, "a/b"));
    CHECK(may_ask(mine, "a/+"));
    CHECK(may_ask(mine, "a/b/#"));
    CHECK_FALSE(may_ask(mine, "a/#"));
    CHECK_FALSE(may_ask(mine, "#"));
    CHECK_FALSE(may_ask(mine, "+/b"));
}

TEST_CASE("a share name changes nothing (C07)") {
    const rights mine = rights_by({allow({subscribe}, "a/#"), deny({subscribe}, "a/secret")});
    CHECK(may_ask(mine, "$share/g/a/b"));
    CHECK(may_ask(mine, "$share/h/a/#"));
    CHECK_FALSE(may_ask(mine, "$share/g/b"));
    CHECK_FALSE(may_ask(mine, "$share/g/a/secret"));
    CHECK_FALSE(may_ask(mine, "$share/a/#"));
    CHECK_FALSE(may_ask(mine, "$share/g/$share/a/b"));
}

TEST_CASE("the most generous rule says which QoS") {
    const rights mine = rights_by(
        {allow({publish, subscribe}, "#", qos::at_most_once),
         allow({publish, subscribe}, "a/#", qos::at_least_once),
         allow({receive}, "#")}
    );
    CHECK(mine.may_publish({.topic = "a", .qos = qos::at_least_once}).allowed);
    const decision refusal = mine.may_publish({.topic = "a", .qos = qos::exactly_once});
    CHECK_FALSE(refusal.allowed);
    CHECK(refusal.why == grounds::qos_too_high);
    CHECK(refusal.maximum_qos == qos::at_least_once);
    CHECK(refusal.rule->topic == "a/#");
    CHECK_FALSE(mine.may_publish({.topic = "b", .qos = qos::at_least_once}).allowed);
    CHECK(mine.may_subscribe("a/b").maximum_qos == qos::at_least_once);
    CHECK(mine.may_subscribe("a/b").allowed);
    CHECK(mine.may_subscribe("#").maximum_qos == qos::at_most_once);
}

TEST_CASE("$SYS is read by a rule that names it, and by no other (C10)") {
    const rights mine = rights_by(
        {allow({publish, subscribe, receive, retain}, "#"),
         allow({publish, subscribe, receive, retain}, "+/broker/#"),
         allow({subscribe, receive}, "$SYS/broker/#")}
    );
    CHECK(may_ask(mine, "$SYS/broker/uptime"));
    CHECK(mine.receives("$SYS/broker/uptime"));
    CHECK_FALSE(may_ask(mine, "$SYS/#"));
    CHECK_FALSE(mine.receives("$SYS/other"));
    CHECK_FALSE(mine.receives("$CONTROL/broker/x"));
    CHECK(mine.may_publish({.topic = "$SYS/broker/uptime"}).why == grounds::reserved);
}

TEST_CASE("a client called $SYS gets nothing by its name (C01, C10)") {
    const rights mine(
        set({allow({publish, subscribe, receive}, "%c/#"), allow({subscribe, receive}, "%u/#")}),
        {.user_name = "$share", .client_id = "$SYS"}
    );
    CHECK_FALSE(may_ask(mine, "$SYS/#"));
    CHECK_FALSE(mine.receives("$SYS/x"));
    CHECK_FALSE(may_send(mine, "$SYS/x"));
    CHECK_FALSE(may_ask(mine, "$share/g/a"));
    CHECK_FALSE(may_ask(mine, "$share/$share/g/a"));
}

TEST_CASE("names are put into topics as they are (C01)") {
    for (const char* id : {".*", "%u", "$share", "\xEF\xBB\xBF", "..", "%c"}) {
        INFO(id);
        const rights mine(set({allow({publish}, "d/%c/#")}), {.user_name = "u", .client_id = id});
        CHECK(may_send(mine, "d/" + std::string(id) + "/x"));
        CHECK_FALSE(may_send(mine, "d/u/x"));
        CHECK_FALSE(may_send(mine, "d/other/x"));
    }
}

TEST_CASE("a client that should not have been let in may do nothing (C01)") {
    for (const char* id : {"#", "+", "a/#", "a/+", "../x", "a/b", "a\nb"}) {
        INFO(id);
        const rights mine(
            set({deny({receive}, "secret/%c"), allow({publish, subscribe, receive}, "#")}),
            {.user_name = "u", .client_id = id}
        );
        CHECK(mine.may_publish({.topic = "x"}).why == grounds::unusable_name);
        CHECK_FALSE(may_ask(mine, "x"));
        CHECK_FALSE(mine.receives("x"));
        CHECK_FALSE(mine.receives_all());
    }
}

TEST_CASE("a rule about the user name is not about clients without one") {
    const rights mine(set({allow({publish}, "u/%u/#"), allow({publish}, "x")}), {.client_id = "c"});
    CHECK(may_send(mine, "x"));
    CHECK_FALSE(may_send(mine, "u//x"));
    CHECK_FALSE(may_send(mine, "u/%u/x"));
}

TEST_CASE("what is no topic name and no filter is denied (C03)") {
    const rights mine = rights_by({allow({publish, subscribe, receive}, "#")});
    for (const char* topic : {"", "a/+", "#", "a#"}) {
        INFO(topic);
        CHECK(mine.may_publish({.topic = topic}).why == grounds::not_a_topic);
    }
    CHECK_FALSE(may_send(mine, std::string(65'536, 'a')));
    for (const char* filter : {"", "a#", "$share/g", "$share/g/", "$share//a"}) {
        INFO(filter);
        CHECK(mine.may_subscribe(filter).why == grounds::not_a_topic);
    }
}

TEST_CASE("who may receive everything need not be asked, but for the dollar") {
    const rights all = rights_by({allow({receive}, "#"), deny({publish}, "a")});
    CHECK(all.receives_all());
    CHECK_FALSE(all.receives("$SYS/x"));
    CHECK(rights_by({allow({receive}, "+/#")}).receives_all());
    CHECK_FALSE(rights_by({allow({receive}, "a/#")}).receives_all());
    CHECK_FALSE(rights_by({allow({receive}, "#"), deny({receive}, "a")}).receives_all());
    CHECK_FALSE(rights_by({allow({receive}, "#"), deny({subscribe}, "a")}).receives_all());
}

TEST_CASE("rights that no client identifier decides may be shared by the clients of a user") {
    access_rule for_one = allow({publish}, "a");
    for_one.clients = {"somebody else"};
    access_rule for_bob = allow({publish}, "%c");
    for_bob.users = {"bob"};
    CHECK_FALSE(rights_by({allow({publish}, "%u/#"), for_bob}).only_for_this_client());
    CHECK(rights_by({allow({publish}, "x"), deny({publish}, "a/%c")}).only_for_this_client());
    CHECK(rights_by({for_one}).only_for_this_client());
    CHECK_FALSE(rights_by({}).only_for_this_client());
}

TEST_CASE("rights keep their rules, and nothing of the names they were made from") {
    auto rules = set({allow({publish}, "a-topic-that-is-not-short/%c/%u/#")});
    std::string id = "a-client-identifier-that-is-not-short";
    std::string user = "a-user-name-that-is-not-short-either";
    const rights mine(std::move(rules), {.user_name = user, .client_id = id});
    const std::string topic = "a-topic-that-is-not-short/" + id + '/' + user + "/x";
    id.assign(id.size(), 'x');
    user.assign(user.size(), 'x');
    CHECK(may_send(mine, topic));
    CHECK(mine.may_publish({.topic = topic}).rule->origin == "test");
}
