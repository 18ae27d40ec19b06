#include "access/rules_of_kind.hpp"
#include "rules.hpp"

using namespace lmqtt;
using namespace lmqtt::access;
using namespace lmqtt::access::test;

namespace {

constexpr substitutes nobody{};

std::uint32_t found(const rules_of_kind& common, std::string_view topic) {
    return common.tree().first(topic, publish, nobody);
}

access_rule about(std::vector<std::string> users, std::string topic) {
    access_rule rule = allow({publish}, std::move(topic));
    rule.users = std::move(users);
    return rule;
}

}  // namespace

TEST_CASE("what clients of a user have in common is what is not about everybody") {
    access_rule of_role = deny({publish}, "role");
    of_role.roles = {"r"};
    access_rule of_listener = allow({publish}, "listener");
    of_listener.listeners = {"l"};
    access_rule of_client = allow({publish}, "client");
    of_client.clients = {"c"};
    const auto rules =
        set({about({"u"}, "user"), allow({publish}, "all"), of_role, of_listener, of_client});
    const std::vector<std::string> roles{"r"};
    const rules_of_kind common(
        rules, {.user_name = "u", .roles = roles, .client_id = "c", .listener = "l"}
    );
    CHECK(&common.all() == rules.get());
    CHECK(rules->ranked(found(common, "user")).rule.topic == "user");
    CHECK(rules->ranked(found(common, "role")).rule.topic == "role");
    CHECK(rules->ranked(found(common, "listener")).rule.topic == "listener");
    CHECK(found(common, "all") == rule_tree::none);
    CHECK(found(common, "client") == rule_tree::none);
    const rules_of_kind others(rules, {.user_name = "v", .client_id = "c"});
    for (const char* topic : {"user", "role", "listener"}) {
        CHECK(found(others, topic) == rule_tree::none);
    }
}

TEST_CASE("clients are told apart by a rule about them that speaks of identifiers") {
    const auto tells = [](std::vector<access_rule> rules) {
        return rules_of_kind(set(std::move(rules)), {.user_name = "u"}).tell_clients_apart();
    };
    access_rule listing = allow({publish}, "a");
    listing.clients = {"c"};
    CHECK(tells({listing}));
    listing.users = {"v"};
    CHECK_FALSE(tells({listing}));
    CHECK(tells({allow({publish}, "%c")}));
    CHECK(tells({about({"u"}, "%c")}));
    CHECK_FALSE(tells({about({"v"}, "%c"), about({"u"}, "a"), allow({publish}, "%u")}));
}

TEST_CASE("C11: what is restricted depends on the listener") {
    auto made = rule_set::make({}, false, {"lan"});
    const auto rules = std::get<std::shared_ptr<const rule_set>>(made);
    CHECK(rules_of_kind(rules, {.listener = "lan"}).restrict());
    CHECK_FALSE(rules_of_kind(rules, {.listener = "wan"}).restrict());
}
