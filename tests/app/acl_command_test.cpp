#include "accounts/database.hpp"
#include "app/acl_command.hpp"
#include "app/failure.hpp"
#include "app/settings.hpp"
#include "config/load.hpp"
#include "program.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using app::access_question;
using app::exit_code;
using test::contains;

namespace {

const std::string rules =
    "[[acl.rules]]\nallow = [\"publish\", \"subscribe\"]\n"
    "topic = \"d/%c/#\"\nmaximum_qos = 1\n"
    "[[acl.rules]]\ndeny = [\"publish\", \"receive\"]\ntopic = \"d/+/secret\"\n"
    "[[acl.rules]]\nallow = [\"receive\"]\ntopic = \"u/%u\"\nroles = [\"r\"]\n";

app::access_answer ask(const std::string& text, const access_question& asked) {
    const test::scratch folder;
    return app::explain_access(folder.write("a.toml", text), asked);
}

template <class Command>
std::pair<exit_code, std::string> refusal(Command command) {
    try {
        command();
    } catch (const app::failure& stopped) {
        return {stopped.code(), stopped.what()};
    }
    return {exit_code::ok, ""};
}

}  // namespace

TEST_CASE("an answer names the rule that decides, with its file and line") {
    const auto answer = ask(rules, {.client = "m", .action = "publish", .topic = "d/m/x"});
    CHECK(answer.allowed);
    CHECK(answer.text.starts_with("allowed by "));
    CHECK(contains(answer.text, "/a.toml:1:\n    [[acl.rules]]\n    allow = [\"publish\", "));
    CHECK(contains(answer.text, "    topic = \"d/%c/#\"\n    maximum_qos = 1\n"));
    const auto denial = ask(rules, {.client = "m", .action = "publish", .topic = "d/m/secret"});
    CHECK_FALSE(denial.allowed);
    CHECK(denial.text.starts_with("denied by "));
    CHECK(contains(denial.text, "/a.toml:5:\n"));
}

TEST_CASE("an answer says why there is no such rule") {
    const auto said = [](const access_question& asked) { return ask(rules, asked).text; };
    CHECK(
        said({.client = "m", .action = "publish", .topic = "x"}) == "denied: no rule allows it\n"
    );
    CHECK(contains(said({.client = "m", .action = "retain", .topic = "d/m/x"}), "to retain"));
    const std::string qos = said({.client = "m", .action = "publish", .topic = "d/m/x", .qos = 2});
    CHECK(contains(qos, "denied: QoS 2 is more than 1"));
    CHECK(contains(qos, "/a.toml:1:\n"));
    CHECK(contains(said({.client = "m", .action = "publish", .topic = "$SYS/x"}), "'$'"));
    CHECK(contains(said({.client = "m", .action = "publish", .topic = "+"}), "not a topic name"));
    CHECK(contains(said({.client = "m", .action = "subscribe", .topic = "+a"}), "topic filter"));
    CHECK(contains(said({.client = "m/+", .action = "publish", .topic = "x"}), "client identifier")
    );
    CHECK(
        ask("", {.client = "m", .action = "publish", .topic = "x"}).text ==
        "allowed: there is no access control\n"
    );
}

TEST_CASE("users, roles and granted QoS count") {
    access_question asked{.user = "ann", .client = "m", .action = "receive", .topic = "u/ann"};
    CHECK_FALSE(ask(rules, asked).allowed);
    asked.roles = {"q", "r"};
    CHECK(ask(rules, asked).allowed);
    asked.user = "bob";
    CHECK_FALSE(ask(rules, asked).allowed);
    const access_question wide{.client = "m", .action = "subscribe", .topic = "d/m/#", .qos = 2};
    CHECK(contains(ask(rules, wide).text, "allowed with QoS 1 at most, by "));
}

TEST_CASE("what is no topic is none for any action") {
    const std::string all = "[[acl.rules]]\nallow = [\"publish\", \"subscribe\", \"receive\"]\n"
                            "topic = \"#\"\n";
    for (const std::string action : {"publish", "receive", "subscribe"}) {
        for (const std::string topic : {"", "a/#/b", "a+", "\xff"}) {
            const auto answer = ask(all, {.client = "m", .action = action, .topic = topic});
            CHECK_FALSE(answer.allowed);
            CHECK(contains(answer.text, "that is not a topic "));
        }
    }
    CHECK_FALSE(ask(all, {.client = "m", .action = "receive", .topic = "a/+"}).allowed);
}

TEST_CASE("rules and roles of the accounts count, as for the broker") {
    const test::scratch folder;
    const auto file = folder.write(
        "a.toml",
        "[persistence]\npath = \"state.db\"\n[[acl.rules]]\nallow = [\"publish\"]\n"
        "topic = \"all\"\n"
    );
    accounts::user ann;
    ann.name = "ann";
    ann.roles = {"writer"};
    {
        accounts::database db(folder.path("accounts.db").string(), 0);
        db.add_users(std::vector{ann});
        access_rule rule;
        rule.actions.add(access_action::publish);
        rule.topic = "notes/#";
        db.put_role({.name = "writer", .rules = {rule}});
    }
    access_question asked{.user = "ann", .client = "m", .action = "publish", .topic = "notes/x"};
    const auto answer = app::explain_access(file, asked);
    CHECK(answer.allowed);
    CHECK(contains(answer.text, "role writer:\n"));
    asked.user = "bob";
    const auto denial = app::explain_access(file, asked);
    CHECK(denial.text == "denied: no rule allows it\nnote: there is no account \"bob\"\n");
    asked.roles = {"writer"};
    CHECK(app::explain_access(file, asked).allowed);
    {
        accounts::database db(folder.path("accounts.db").string(), 0);
        db.set_disabled("ann", true, 1);
    }
    asked.user = "ann";
    CHECK(contains(app::explain_access(file, asked).text, "note: the account \"ann\" is disabled"));
    folder.write("accounts.db", "no database");
    CHECK(refusal([&] { app::explain_access(file, asked); }).first == exit_code::storage);
}

TEST_CASE("topics are said as rules see them") {
    const std::string text =
        "[[listeners]]\naddress = \"127.0.0.1:1883\"\nmount_point = \"site/\"\n";
    const auto answer = ask(text + rules, {.client = "m", .action = "publish", .topic = "d/m/x"});
    CHECK(answer.allowed);
    CHECK(contains(answer.text, "note: rules see topics of this listener with its mount point"));
}

TEST_CASE("which listener has to be said if there is a choice and rules make a difference") {
    const std::string two = "[[listeners]]\naddress = \"127.0.0.1:1883\"\nname = \"lan\"\n"
                            "[[listeners]]\naddress = \"127.0.0.1:1884\"\nname = \"wan\"\n";
    const std::string for_lan = two + "[[acl.rules]]\nallow = [\"publish\"]\ntopic = \"a\"\n"
                                      "listeners = [\"lan\"]\n";
    access_question asked{.client = "m", .action = "publish", .topic = "a"};
    const auto [code, text] = refusal([&] { ask(for_lan, asked); });
    CHECK(code == exit_code::usage);
    CHECK(contains(text, "lan, wan"));
    CHECK_FALSE(ask(two + rules, asked).allowed);
    asked.listener = "lan";
    CHECK(ask(for_lan, asked).allowed);
    asked.listener = "wan";
    CHECK_FALSE(ask(for_lan, asked).allowed);
    asked.listener = "van";
    CHECK(refusal([&] { ask(for_lan, asked); }).first == exit_code::usage);
}

TEST_CASE("mosquitto's file becomes rules that mean the same") {
    const test::scratch folder;
    const auto file = folder.write(
        "old.acl",
        "topic read news/#\nuser ann\ntopic readwrite a b/%c\npattern write $SYS/x\ntopic deny "
        "a/secret\n"
    );
    const std::string text = app::import_acl(file.string());
    CHECK(contains(text, "# " + file.string() + ":4 is left out: nobody publishes"));
    CHECK(contains(text, "# " + file.string() + ":3\n[[acl.rules]]\n"));
    auto read = config_file::load_text(text, "/");
    CHECK(read.problems.empty());
    const auto own = folder.write("a.toml", "[acl]\nfile = \"old.acl\"\n");
    config in_place = app::require_settings(own);
    for (config* const each : {&read.value, &in_place}) {
        for (access_rule& rule : each->acl.rules) {
            rule.origin.clear();
        }
    }
    REQUIRE(read.value.acl.rules.size() == 4);
    CHECK(read.value.acl.rules == in_place.acl.rules);
}

TEST_CASE("an import of nothing still allows nothing, one of errors is none (C11)") {
    const test::scratch folder;
    const auto read =
        config_file::load_text(app::import_acl(folder.write("a.acl", "# x\n").string()), "/");
    CHECK(read.problems.empty());
    CHECK(read.value.acl.configured);
    CHECK(read.value.acl.rules.empty());
    const auto wrong = folder.write("b.acl", "topic read a\nx\ny\n").string();
    const auto [code, text] = refusal([&] { app::import_acl(wrong); });
    CHECK(code == exit_code::configuration);
    CHECK(contains(text, wrong + ":2: expected"));
    CHECK(contains(text, wrong + ":3: expected"));
    CHECK(refusal([&] { app::import_acl("/no/such"); }).first == exit_code::no_input);
}

TEST_CASE("lmqttd acl explain answers on standard output, with 0 or 1") {
    const test::scratch folder;
    const std::string file = folder.write("a.toml", rules).string();
    const auto run = [&](const std::string& topic) {
        test::program lmqttd(
            {"acl",
             "explain",
             "-c",
             file,
             "--user",
             "u",
             "--role",
             "a",
             "--role",
             "b",
             "--client",
             "m",
             "--action",
             "publish",
             "--topic",
             topic,
             "--qos",
             "1"}
        );
        const int code = lmqttd.wait();
        CHECK(lmqttd.errors().empty());
        return std::pair(code, lmqttd.output());
    };
    CHECK(run("d/m/x").first == 0);
    CHECK(contains(run("d/m/x").second, "allowed by " + file + ":1"));
    CHECK(run("x") == std::pair(1, std::string("denied: no rule allows it\n")));
    test::program check({"check", "-c", file});
    CHECK(check.wait() == 0);
    test::program import({"acl", "import", folder.write("x.acl", "topic read a\n").string()});
    CHECK(import.wait() == 0);
    CHECK(contains(import.output(), "[[acl.rules]]"));
}
