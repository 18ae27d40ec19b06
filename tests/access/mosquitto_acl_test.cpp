#include "access/mosquitto_acl.hpp"
#include "rules.hpp"
#include "support/scratch.hpp"

#include <algorithm>

using namespace lmqtt;
using namespace lmqtt::access;
using namespace lmqtt::access::test;
using lmqtt::test::contains;

namespace {

// Without the rules that let everybody subscribe.
std::vector<access_rule> read(std::string_view text) {
    mosquitto_acl read = parse_mosquitto_acl(text, "f.acl");
    for (const line_remark& problem : read.problems) {
        FAIL(problem.line << ": " << problem.message);
    }
    std::erase_if(read.rules, [](const access_rule& rule) {
        return rule.actions.has(access_action::subscribe);
    });
    return read.rules;
}

access_rule rule_in(int line, access_rule rule, std::vector<std::string> users) {
    rule.users = std::move(users);
    rule.origin = "f.acl:" + std::to_string(line);
    return rule;
}

struct refusal {
    const char* text;
    unsigned line;
    const char* message;
};

}  // namespace

TEST_CASE("each access word becomes our actions") {
    const std::vector<access_rule> rules = read("user ann\ntopic read r\ntopic write w\n"
                                                "topic readwrite rw\ntopic x\ntopic deny d\n");
    REQUIRE(rules.size() == 5);
    CHECK(rules[0] == rule_in(2, allow({receive}, "r"), {"ann"}));
    CHECK(rules[1] == rule_in(3, allow({publish, retain}, "w"), {"ann"}));
    CHECK(rules[2] == rule_in(4, allow({receive, publish, retain}, "rw"), {"ann"}));
    CHECK(rules[3] == rule_in(5, allow({receive, publish, retain}, "x"), {"ann"}));
    CHECK(rules[4] == rule_in(6, deny({receive, publish, retain}, "d"), {"ann"}));
}

TEST_CASE("rules before the first user are for clients without a user name") {
    const std::vector<access_rule> rules =
        read("topic read a\n\nuser ann\ntopic read b\nuser bob smith  \ntopic read c\n");
    REQUIRE(rules.size() == 3);
    CHECK(rules[0] == rule_in(1, allow({receive}, "a"), {""}));
    CHECK(rules[1] == rule_in(4, allow({receive}, "b"), {"ann"}));
    CHECK(rules[2] == rule_in(6, allow({receive}, "c"), {"bob smith"}));
}

TEST_CASE("patterns are for everybody, wherever they stand") {
    const std::vector<access_rule> rules =
        read("user ann\npattern write sensor/%u/data\npattern %c/#\npattern read 50%/%%/%x\n");
    REQUIRE(rules.size() == 3);
    CHECK(rules[0] == rule_in(2, allow({publish, retain}, "sensor/%u/data"), {}));
    CHECK(rules[1] == rule_in(3, allow({receive, publish, retain}, "%c/#"), {}));
    CHECK(rules[2] == rule_in(4, allow({receive}, "50%%/%%%%/%%x"), {}));
}

TEST_CASE("in a topic line a percent sign is only that") {
    const std::vector<access_rule> rules = read("topic read a/%c/%u\n");
    REQUIRE(rules.size() == 1);
    CHECK(rules[0].topic == "a/%%c/%%u");
}

TEST_CASE("topics may have spaces, lines any blanks around their words") {
    const std::vector<access_rule> rules =
        read("  topic   read   a b/c d  \t\r\n# comment\n#\n\t\r\n   \npattern  write x y/%u");
    REQUIRE(rules.size() == 2);
    CHECK(rules[0].topic == "a b/c d");
    CHECK(rules[1].topic == "x y/%u");
    CHECK(rules[1].origin == "f.acl:6");
}

TEST_CASE("everybody may ask for everything: what is delivered is decided by topic") {
    const auto rules = parse_mosquitto_acl("user ann\ntopic read a/#\n", "f.acl").rules;
    REQUIRE(rules.size() == 2);
    CHECK(rules[1].actions == set_of({subscribe}));
    CHECK(rules[1].topic == "#");
    CHECK(rules[1].users.empty());
    const rights ann(set(rules), {.user_name = "ann", .client_id = "x"});
    CHECK(ann.may_subscribe("#").allowed);
    CHECK(ann.receives("a/b"));
    CHECK_FALSE(ann.receives("b"));
    CHECK_FALSE(ann.may_publish({.topic = "a/b"}).allowed);
    CHECK_FALSE(ann.may_subscribe("$SYS/#").allowed);
    const rights nobody(set(rules), {.client_id = "x"});
    CHECK(nobody.may_subscribe("a/#").allowed);
    CHECK_FALSE(nobody.receives("a/b"));
}

TEST_CASE("$SYS is read where a line names it; what is closed is left out and said (C10)") {
    const mosquitto_acl read = parse_mosquitto_acl(
        "topic read $SYS/#\ntopic $SYS/broker/x\npattern write $SYS/broker/connection/%c/state\n"
        "topic $CONTROL/#\ntopic deny $SYS/secret\n",
        "f"
    );
    CHECK(read.problems.empty());
    REQUIRE(read.rules.size() == 5);
    CHECK(read.rules[0].topic == "$SYS/#");
    CHECK(read.rules[1].actions == set_of({receive}));
    CHECK_FALSE(read.rules[2].allow);
    CHECK(read.rules[4].topic == "$SYS/#");
    CHECK(read.rules[4].actions == set_of({subscribe}));
    REQUIRE(read.left_out.size() == 3);
    CHECK(read.left_out[0].line == 2);
    CHECK(read.left_out[1].line == 3);
    CHECK(read.left_out[2].line == 4);
    const rights anybody(set(read.rules), {.client_id = "x"});
    CHECK(anybody.may_subscribe("$SYS/#").allowed);
    CHECK(anybody.receives("$SYS/a"));
    CHECK_FALSE(anybody.receives("$SYS/secret"));
}

TEST_CASE("an empty or comment-only text is valid, and has no rules (C11)") {
    for (const char* text : {"", "\n", "# topic read #\n", "\n\n  \r\n#\n", "user ann\n"}) {
        INFO(text);
        const mosquitto_acl read = parse_mosquitto_acl(text, "f");
        CHECK(read.problems.empty());
        CHECK(read.rules.empty());
    }
}

TEST_CASE("what mosquitto refuses is refused, with its line (C11)") {
    for (const auto& [text, line, message] : std::vector<refusal>{
             {"hello\n", 1, "expected user, topic"},
             {"topic read a\n # x\n", 2, "expected user, topic"},
             {"\n\ntopic\n", 3, "expected a topic"},
             {"user\n", 1, "expected a user name"},
             {"user   \n", 1, "expected a user name"},
             {"topic blah a\n", 1, "expected read, write"},
             {"topic read a#\n", 1, "not a topic filter"},
             {"topic\tread a\n", 1, "expected user, topic"},
             {"\xEF\xBB\xBFtopic read a\n", 1, "expected user, topic"},
             {"TOPIC read a\n", 1, "expected user, topic"},
             {"pattern read +%c\n", 1, "not a topic filter"}}) {
        INFO(text);
        const mosquitto_acl read = parse_mosquitto_acl(text, "f");
        REQUIRE(read.problems.size() == 1);
        CHECK(read.problems[0].line == line);
        CHECK(contains(read.problems[0].message, message));
    }
}

TEST_CASE("what mosquitto misunderstands is refused, too") {
    for (const auto& [text, line, message] : std::vector<refusal>{
             {"topic deny\n", 1, "expected a topic after deny"},
             {"topic read\n", 1, "expected a topic after read"},
             {"topic read $share/g/a\n", 1, "share name"},
             {"topic read \xFF\n", 1, "UTF-8"},
             {"pattern read %u-%c/x\n", 1, "two placeholders"}}) {
        INFO(text);
        const mosquitto_acl read = parse_mosquitto_acl(text, "f");
        REQUIRE(read.problems.size() == 1);
        CHECK(read.problems[0].line == line);
        CHECK(contains(read.problems[0].message, message));
    }
}

TEST_CASE("every problem of a text is told") {
    const mosquitto_acl read = parse_mosquitto_acl("a\ntopic read x\ntopic b c\nuser\n", "f");
    REQUIRE(read.problems.size() == 3);
    CHECK(read.problems[1].line == 3);
    CHECK(read.problems[2].line == 4);
}
