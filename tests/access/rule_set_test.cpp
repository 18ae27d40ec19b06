#include "access/rule_set.hpp"
#include "rules.hpp"

#include <algorithm>

using namespace lmqtt;
using namespace lmqtt::access;
using namespace lmqtt::access::test;

namespace {

std::optional<unusable_name>
refused(const std::shared_ptr<const rule_set>& rules, std::string_view user, std::string_view id) {
    return rules->refuses_names({.user_name = user, .client_id = id});
}

}  // namespace

TEST_CASE("one bad rule, and there is no set; every problem is told with its rule") {
    const auto made =
        rule_set::make({allow({publish}, "a"), allow({}, "a#"), deny({publish}, "")}, true);
    const auto* found = std::get_if<std::vector<rule_problem>>(&made);
    REQUIRE(found != nullptr);
    REQUIRE(found->size() == 3);
    CHECK(found->at(0).rule == 1);
    CHECK(found->at(1).rule == 1);
    CHECK(found->at(2).rule == 2);
}

TEST_CASE("any rule, or access control without one, restricts (C11)") {
    CHECK_FALSE(set({}, false)->restricts());
    CHECK(set({}, true)->restricts());
    CHECK(set({allow({publish}, "a")}, false)->restricts());
    CHECK(set({deny({publish}, "a")}, false)->restricts());
}

TEST_CASE("a client whose name a rule cannot put into a topic is refused (C01)") {
    const auto by_client = set({allow({publish}, "devices/%c/#")});
    for (const char* id : {"#", "+", "a/#", "a/+", "../x", "a/b", "a\nb", ""}) {
        INFO(id);
        CHECK(refused(by_client, "u", id) == unusable_name::client_id);
    }
    for (const char* id : {".*", "%u", "$share", "\xEF\xBB\xBF", "a"}) {
        INFO(id);
        CHECK_FALSE(refused(by_client, "a/b", id));
    }
    const auto by_user = set({deny({receive}, "secret/%u")});
    CHECK(refused(by_user, "a/b", "x") == unusable_name::user_name);
    CHECK_FALSE(refused(by_user, "ann", "a/b"));
    CHECK_FALSE(to_sentence(unusable_name::user_name).empty());
    CHECK(to_sentence(unusable_name::user_name) != to_sentence(unusable_name::client_id));
}

TEST_CASE("a client without a user name is not refused for it") {
    CHECK_FALSE(refused(set({allow({publish}, "users/%u/#")}), "", "x"));
}

TEST_CASE("names that no rule about the client uses may be anything") {
    access_rule for_bob = allow({publish}, "devices/%c/#");
    for_bob.users = {"bob"};
    const auto rules = set({for_bob, allow({publish}, "100%%c")});
    CHECK_FALSE(refused(rules, "ann", "a/b"));
    CHECK(refused(rules, "bob", "a/b") == unusable_name::client_id);
    CHECK_FALSE(refused(set({}, false), "a/+", "#"));
}

TEST_CASE("C11: a listener's own access control restricts that listener, and opens no other") {
    access_rule about_lan = allow({publish}, "a");
    about_lan.listeners = {"lan"};
    const auto made = [](std::vector<access_rule> rules, bool configured) {
        auto result = rule_set::make(std::move(rules), configured, {"lan"});
        return std::get<std::shared_ptr<const rule_set>>(result);
    };
    for (const auto& rules : {made({}, false), made({about_lan}, false)}) {
        CHECK(rules->restricts());
        CHECK(rules->restricts("lan"));
        CHECK_FALSE(rules->restricts("wan"));
    }
    CHECK(made({about_lan}, true)->restricts("wan"));
    CHECK(made({about_lan, allow({publish}, "b")}, false)->restricts("wan"));
    access_rule about_both = about_lan;
    about_both.listeners = {"lan", "wan"};
    CHECK(made({about_both}, false)->restricts("wan"));
    CHECK(set({about_lan}, false)->restricts("wan"));
}

TEST_CASE("rules that deny come first, then the most generous, and else they stay in order") {
    const auto rules = set(
        {allow({publish}, "a", qos::at_most_once),
         allow({publish}, "b"),
         deny({publish}, "c"),
         allow({publish}, "d"),
         deny({publish}, "e")}
    );
    std::string order;
    for (std::uint32_t rank = 0; rank < 5; ++rank) {
        order += rules->ranked(rank).rule.topic;
    }
    CHECK(order == "cebda");
    CHECK(rules->denials() == 2);
}

TEST_CASE("rules are parted by whom they are about") {
    access_rule of_user = allow({publish}, "user");
    of_user.users = {"u"};
    access_rule of_clients = allow({publish}, "clients");
    of_clients.users = {"u"};
    of_clients.clients = {"c", "d", "c"};
    const auto rules = set({of_user, of_clients, allow({publish}, "all")});
    CHECK(rules->about_all().first("all", publish, {}) == 2);
    CHECK(rules->about_all().first("user", publish, {}) == rule_tree::none);
    CHECK(std::ranges::equal(rules->about_some(), std::vector{0}));
    CHECK(std::ranges::equal(rules->with_clients(), std::vector{1}));
    CHECK(std::ranges::equal(rules->listing("c"), std::vector{1}));
    CHECK(std::ranges::equal(rules->listing("d"), std::vector{1}));
    CHECK(rules->listing("e").empty());
    CHECK_FALSE(rules->names_all_clients());
    CHECK(set({allow({publish}, "%c")})->names_all_clients());
    CHECK_FALSE(set({allow({publish}, "%u/%%c")})->names_all_clients());
}
