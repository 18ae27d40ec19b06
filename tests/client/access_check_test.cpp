// Denials as they are told, and wills that are about to fire.
#include "client/access_check.hpp"
#include "peer.hpp"
#include "rules_for.hpp"

using namespace lmqtt;
using namespace lmqtt::client::test;
using lmqtt::client::may_fire;
using lmqtt::client::tell_denied;

namespace {

struct absent {
    exchange with;
    session::session whose;
    stored_will will;

    absent() {
        whose.client_id = "c";
        whose.rules = with.policy;
        whose.owner = static_cast<std::uint16_t>(broker::owner::user);
        whose.set_username("ann");
        will.topic = "t";
    }

    bool fires() { return may_fire(with.env, whose, will); }
};

}  // namespace

TEST_CASE("the first denial of a cause is logged, all are counted", "[access_check]") {
    exchange with;
    for (int times = 0; times < 3; ++times) {
        tell_denied(
            with.env, {"c\n", "ann", broker::denied_action::publish, "a/b", "rules.toml:3"}
        );
    }
    const std::string text = with.log.text();
    const auto at = text.find("not allowed");
    REQUIRE(at != std::string::npos);
    CHECK(text.find("not allowed", at + 1) == std::string::npos);
    for (const char* const part : {"ann", "publish", "a/b", "rules.toml:3"}) {
        CHECK(text.find(part, at) != std::string::npos);
    }
    CHECK(with.broker.numbers().denied_publish.value() == 3);
}

TEST_CASE("without rules every will fires", "[access_check]") {
    absent of;
    CHECK(of.fires());
}

TEST_CASE("a will fires by the rules of that moment, and else is counted (C03)", "[access_check]") {
    absent of;
    use_rules(of.with, {allow("t")});
    CHECK(of.fires());
    use_rules(of.with, {allow("u")});
    CHECK_FALSE(of.fires());
    CHECK(of.with.broker.numbers().denied_publish.value() == 1);
    CHECK(of.with.log.contains("not allowed"));
}

TEST_CASE("a retained will that may only not be retained is counted as such", "[access_check]") {
    absent of;
    of.will.retain = true;
    use_rules(of.with, {allow("t"), deny("t", access_action::retain)});
    CHECK_FALSE(of.fires());
    CHECK(of.with.broker.numbers().denied_retain.value() == 1);
    CHECK(of.with.broker.numbers().denied_publish.value() == 0);
}

TEST_CASE("only a user name that was proved counts for a will", "[access_check]") {
    absent of;
    access_rule for_ann = allow("t");
    for_ann.users = {"ann"};
    use_rules(of.with, {for_ann});
    CHECK(of.fires());
    of.whose.owner = static_cast<std::uint16_t>(
        of.with.broker.shared().owners.with([](broker::owner_names& names) {
            return names.of({.is_user = false, .username = {}, .listener = "front"});
        })
    );
    CHECK_FALSE(of.fires());
}

TEST_CASE("the roles of a will are those its user has when it fires", "[access_check]") {
    absent of;
    access_rule for_role = allow("t");
    for_role.roles = {"meter"};
    use_rules(of.with, {for_role});
    CHECK_FALSE(of.fires());
    of.with.env.roles_of = [](std::string_view user) {
        return user == "ann" ? std::vector<std::string>{"meter"} : std::vector<std::string>{};
    };
    CHECK(of.fires());
}

TEST_CASE("a user of a listener's own file has no roles of the account of that name (C03)") {
    absent of;
    of.with.env.roles_of = [](std::string_view) { return std::vector<std::string>{"meter"}; };
    access_rule for_role = allow("t");
    for_role.roles = {"meter"};
    use_rules(of.with, {for_role});
    CHECK(of.fires());
    of.whose.owner = static_cast<std::uint16_t>(
        of.with.broker.shared().owners.with([](broker::owner_names& names) {
            return names.of({.is_user = true, .username = "ann", .file = "lan.passwd"});
        })
    );
    CHECK_FALSE(of.fires());
    access_rule for_ann = allow("t");
    for_ann.users = {"ann"};
    use_rules(of.with, {for_ann});
    CHECK(of.fires());
}

TEST_CASE("roles that a token gave are those of the will, whatever the accounts say (C03)") {
    absent of;
    of.with.env.roles_of = [](std::string_view) { return std::vector<std::string>{"meter"}; };
    access_rule for_role = allow("t");
    for_role.roles = {"meter"};
    use_rules(of.with, {for_role});
    of.will.roles = {"meter", "other"};
    CHECK(of.fires());
    of.will.roles = {"other"};
    CHECK_FALSE(of.fires());
    of.will.roles.emplace();  // a token that gave none
    CHECK_FALSE(of.fires());
    of.will.roles.reset();
    CHECK(of.fires());
}

TEST_CASE("a will is asked about with the listener its client came through", "[access_check]") {
    absent of;
    access_rule elsewhere = allow("t", false);
    elsewhere.listeners = {"back"};
    use_rules(of.with, {allow("t"), elsewhere});
    CHECK(of.fires());
    of.with.policy->listener = "back";
    CHECK_FALSE(of.fires());
}

TEST_CASE("where the listener is not known, each must allow it", "[access_check]") {
    absent of;
    auto back = std::make_shared<client::listener_rules>(*of.with.rules);
    back->name = "back";
    of.with.env.listeners.push_back(back);
    access_rule on_front = allow("t");
    on_front.listeners = {"front"};
    access_rule on_back = allow("t");
    on_back.listeners = {"back"};
    use_rules(of.with, {on_front});
    CHECK_FALSE(of.fires());
    use_rules(of.with, {on_front, on_back});
    CHECK(of.fires());
}
