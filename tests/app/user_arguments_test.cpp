#include "app/arguments.hpp"
#include "app/user_arguments.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::app;

namespace {

user_request parsed(const std::vector<std::string>& words) {
    std::vector<std::string> all{"user"};
    all.insert(all.end(), words.begin(), words.end());
    const arguments given = parse_arguments(all);
    INFO(given.text);
    REQUIRE(given.wanted == action::user);
    return given.accounts;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("a user is made with roles and groups, in any order of words") {
    const arguments given = parse_arguments(
        {"user", "add", "--role", "a", "alice", "--role", "b", "--group", "g", "-c", "f.toml"}
    );
    CHECK(given.wanted == action::user);
    CHECK(given.file == "f.toml");
    CHECK(given.accounts.wanted == user_action::add);
    CHECK(given.accounts.name == "alice");
    CHECK(given.accounts.roles == list{"a", "b"});
    CHECK(given.accounts.groups == list{"g"});
    CHECK_FALSE(given.accounts.without_scram);
    CHECK(parsed({"passwd", "alice", "--no-scram"}).without_scram);
    CHECK(parse_arguments({"user", "-c", "f.toml", "list"}).file == "f.toml");
}

TEST_CASE("every command is known by its name") {
    CHECK(parsed({"passwd", "a"}).wanted == user_action::passwd);
    CHECK(parsed({"list"}).wanted == user_action::list);
    CHECK(parsed({"delete", "a"}).wanted == user_action::remove);
    CHECK(parsed({"enable", "a"}).wanted == user_action::enable);
    CHECK(parsed({"disable", "a"}).wanted == user_action::disable);
    CHECK(parsed({"import", "f"}).format == "mosquitto");
    CHECK(parsed({"import", "f", "--format", "gmqtt"}).format == "gmqtt");
    CHECK(parsed({"role", "a", "--add", "x", "--remove", "y"}).removed == list{"y"});
    CHECK(parsed({"group", "a", "--add", "x"}).wanted == user_action::group);
    CHECK(parsed({"group-role", "g", "--add", "x"}).added == list{"x"});
    const user_request rule = parsed({"rule", "r", "deny", "publish,retain", "a/#", "--qos", "1"});
    CHECK(rule.wanted == user_action::rule);
    CHECK(rule.effect == "deny");
    CHECK(rule.actions == list{"publish", "retain"});
    CHECK(rule.topic == "a/#");
    CHECK(rule.maximum_qos == 1);
    CHECK(parsed({"rules"}).wanted == user_action::rules);
    CHECK(parsed({"rules", "r", "--clear"}).clear);
    const user_request ban = parsed({"ban", "client", "x", "--for", "2h", "--reason", "why"});
    CHECK(ban.wanted == user_action::ban);
    CHECK(ban.ban_kind == "client");
    CHECK(ban.name == "x");
    CHECK(ban.ban_lasts == "2h");
    CHECK(ban.ban_reason == "why");
    CHECK(parsed({"unban", "address", "192.0.2.7"}).wanted == user_action::unban);
}

TEST_CASE("a password is no word of the command line (C19)") {
    for (const list& wrong :
         {list{"user", "add", "alice", "secret"},
          list{"user", "add", "alice", "--password", "secret"},
          list{"user", "passwd", "alice", "secret"},
          list{"user"},
          list{"user", "add"},
          list{"user", "import", "f", "--format", "x"},
          list{"user", "rule", "r", "perhaps", "publish", "t"},
          list{"user", "rule", "r", "allow", "fly", "t"},
          list{"user", "rule", "r", "allow", "publish", "t", "--qos", "3"},
          list{"user", "ban", "planet", "x"}}) {
        const arguments given = parse_arguments(wrong);
        CHECK(given.wanted == action::say);
        CHECK(given.code == exit_code::usage);
    }
}
