#include "config/acl_rules.hpp"
#include "config/changes.hpp"
#include "written.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using test::contains;
using test::load;

namespace {

const std::string good = "[[acl.rules]]\nallow = [\"publish\"]\ntopic = \"a\"\n";

access_rule rule_for(access_action action, std::string topic) {
    access_rule rule{.topic = std::move(topic)};
    rule.actions.add(action);
    return rule;
}

// What is said about one rule with these lines.
std::string said(const std::string& lines) {
    return test::problems(load("[[acl.rules]]\n" + lines));
}

}  // namespace

TEST_CASE("a rule is read with everything it says") {
    const config_file::loaded result =
        load("[acl]\nfile = \"more.toml\"\n\n[[acl.rules]]\n"
             "allow = [\"subscribe\", \"publish\", \"retain\", \"receive\"]\n"
             "topic = \"devices/%c/#\"\nmaximum_qos = 1\nusers = [\"ann\", \"\"]\n"
             "roles = [\"r\"]\nclients = [\"c\"]\nlisteners = [\"lan\"]\n"
             "[[acl.rules]]\ntopic = \"x\"\ndeny = [\"receive\"]\n");
    CHECK(test::problems(result).empty());
    CHECK(result.value.acl.file == "/etc/lmqtt/more.toml");
    CHECK(result.value.acl.configured);
    access_rule first{
        .topic = "devices/%c/#",
        .maximum_qos = qos::at_least_once,
        .users = {"ann", ""},
        .roles = {"r"},
        .clients = {"c"},
        .listeners = {"lan"},
        .origin = "line 4"};
    first.actions.bits = 15;
    access_rule second = rule_for(access_action::receive, "x");
    second.allow = false;
    second.origin = "line 12";
    CHECK(result.value.acl.rules == std::vector{first, second});
    REQUIRE(result.rules_at.size() == 2);
    CHECK(result.rules_at[1].line == 12);
}

TEST_CASE("access control is configured by a file or by rules, even by none (C11)") {
    CHECK_FALSE(load("").value.acl.configured);
    CHECK_FALSE(load("[acl]\n").value.acl.configured);
    CHECK_FALSE(load("[acl]\nfile = \"\"\n").value.acl.configured);
    CHECK(load("[acl]\nfile = \"x\"\n").value.acl.configured);
    CHECK(load("[acl]\nrules = []\n").value.acl.configured);
    CHECK(load("[acl]\nrules = 3\n").value.acl.configured);
    CHECK(load(good).value.acl.configured);
}

TEST_CASE("each mistake in a rule is told at its place") {
    CHECK(contains(said("topic = \"a\"\n"), "f:1:1: this rule says neither allow nor deny"));
    CHECK(contains(said("allow = [\"publish\"]\n"), "f:1:1: this rule has no topic"));
    const std::string topic = "topic = \"a\"\n";
    CHECK(contains(
        said(topic + "allow = [\"publish\"]\ndeny = [\"receive\"]\n"), "f:4:1: a rule either"
    ));
    CHECK(contains(
        said(topic + "deny = [\"publish\"]\nmaximum_qos = 2\n"), "f:4:1: maximum_qos has no meaning"
    ));
    const std::string allow = topic + "allow = [\"publish\"]\n";
    CHECK(contains(said(allow + "maximum_qos = 3\n"), "f:4:15: acl.rules.maximum_qos: expected 0"));
    CHECK(contains(said(allow + "maximum_qos = \"1\"\n"), "expected 0, 1 or 2"));
    CHECK(contains(
        said(allow + "usrs = [\"a\"]\n"),
        "f:4:1: unknown key \"acl.rules.usrs\"; did "
        "you mean \"users\"?"
    ));
    for (const char* wrong : {"[]", "\"ann\"", "[1]", "[\"ann\", 1]", "true"}) {
        INFO(wrong);
        CHECK(contains(said(allow + "users = " + wrong + "\n"), "f:4:9: acl.rules.users: expected")
        );
    }
    CHECK(contains(
        said(topic + "allow = [\"publsh\"]\n"), "f:3:9: acl.rules.allow: expected a list of one"
    ));
    CHECK(contains(said(topic + "allow = [\"publsh\"]\n"), "did you mean \"publish\"?"));
    for (const char* wrong : {"[]", "\"publish\"", "[1]", "[\"publish\", \"write\"]", "{}"}) {
        INFO(wrong);
        CHECK(contains(said(topic + "allow = " + wrong + "\n"), "acl.rules.allow: expected"));
    }
    CHECK(contains(said("deny = [\"publish\"]\ntopic = 3\n"), "f:3:9: acl.rules.topic: expected"));
}

TEST_CASE("rules are a list of tables") {
    CHECK(contains(
        test::problems(load("[acl]\nrules = 3\n")),
        "f:2:1: expected a list: write "
        "[[acl.rules]]"
    ));
    CHECK(contains(test::problems(load("[acl.rules]\ntopic = \"a\"\n")), "expected a list"));
    CHECK(contains(test::problems(load("[acl]\nrules = [3]\n")), "f:2:10: expected a rule"));
    CHECK(contains(test::problems(load("[acl]\nrule = []\n")), "did you mean \"rules\"?"));
}

TEST_CASE("a wrong rule is not among the rules, and all are told") {
    const config_file::loaded result = load(good + "[[acl.rules]]\n" + good + "[[acl.rules]]\n");
    CHECK(result.value.acl.rules.size() == 2);
    CHECK(result.rules_at.size() == 2);
    CHECK(result.problems.size() == 4);
}

TEST_CASE("a file of rules has rules and nothing else") {
    const auto read =
        config_file::read_rule_text("[[rules]]\nallow = [\"publish\"]\ntopic = \"a\"\n");
    CHECK(read.problems.empty());
    REQUIRE(read.rules.size() == 1);
    CHECK(read.rules[0].origin == "line 1");
    CHECK(config_file::read_rule_text("").rules.empty());
    CHECK(config_file::read_rule_text("").problems.empty());
    CHECK(config_file::read_rule_text("[[acl.rules]]\n").problems.size() == 1);
    CHECK(config_file::read_rule_text("x = 1\n[[rules]]\ntopic = \"a\"\n").problems.size() == 2);
    CHECK(config_file::read_rule_text("[[rules]\n").problems.size() == 1);
}

TEST_CASE("origins name their file") {
    auto read = config_file::read_rule_text("\n[[rules]]\nallow = [\"publish\"]\ntopic = \"a\"\n");
    config_file::name_origins(read.rules, read.at, "acl.toml");
    CHECK(read.rules.at(0).origin == "acl.toml:2");
}

TEST_CASE("a rule that is printed is read as what it was") {
    access_rule rule{
        .allow = true,
        .topic = "a \"b\" \\ \t\x7f/%u/#",
        .maximum_qos = qos::at_most_once,
        .users = {"", "x\ny"},
        .roles = {"r"},
        .clients = {"c"},
        .listeners = {"l", "m"}};
    for (std::uint8_t bits = 1; bits < 16; ++bits) {
        rule.actions.bits = bits;
        for (const bool allow : {true, false}) {
            rule.allow = allow;
            rule.maximum_qos = allow ? qos::at_most_once : qos::exactly_once;
            auto read = config_file::read_rule_text(config_file::print_rule(rule, "rules"));
            REQUIRE(read.problems.empty());
            REQUIRE(read.rules.size() == 1);
            read.rules[0].origin.clear();
            CHECK(read.rules[0] == rule);
        }
    }
}

TEST_CASE("rules apply on reload, and a change is told") {
    const config running = load(good).value;
    config wanted = running;
    CHECK(config_file::changes(running, wanted).empty());
    wanted.acl.rules.push_back(rule_for(access_action::receive, "b"));
    const auto found = config_file::changes(running, wanted);
    REQUIRE(found.size() == 1);
    CHECK(found[0].name == "acl.rules");
    CHECK(found[0].before == "1 rule");
    CHECK(found[0].after == "2 rules, 1 added, 0 gone");
    CHECK(found[0].applies == config_file::reload::on_sighup);
    CHECK(config_file::reloaded(running, wanted) == wanted);
    const auto gone = config_file::changes(running, config{});
    REQUIRE(gone.size() == 1);
    CHECK(gone[0].after.empty());
    CHECK(config_file::reloaded(running, config{}) == config{});
}

TEST_CASE("every key of a rule is documented and read") {
    for (const config_file::rule_key& row : config_file::rule_keys()) {
        INFO(row.name);
        CHECK_FALSE(row.sentence.empty());
        CHECK_FALSE(contains(said(std::string(row.name) + " = 77\n"), "unknown key"));
    }
}
