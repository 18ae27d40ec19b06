#include "app/arguments.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::app;
using lmqtt::test::contains;

TEST_CASE("lmqttd alone prints help and succeeds") {
    const arguments given = parse_arguments({});
    CHECK(given.wanted == action::say);
    CHECK(given.code == exit_code::ok);
    CHECK(contains(given.text, "start"));
    CHECK(contains(given.text, "check"));
    CHECK(contains(given.text, "describe"));
}

TEST_CASE("help names every exit code") {
    const arguments given = parse_arguments({"--help"});
    CHECK(given.wanted == action::say);
    CHECK(given.code == exit_code::ok);
    for (const exit_reason& reason : exit_reasons) {
        CHECK(contains(given.text, std::to_string(static_cast<int>(reason.code)) + " "));
        CHECK(contains(given.text, reason.sentence));
    }
}

TEST_CASE("start and check take a file, or none") {
    CHECK(parse_arguments({"start"}).wanted == action::start);
    CHECK_FALSE(parse_arguments({"start"}).file);
    CHECK(parse_arguments({"start", "-c", "a.toml"}).file == "a.toml");
    CHECK(parse_arguments({"start", "--config=a.toml"}).file == "a.toml");
    CHECK(parse_arguments({"check"}).wanted == action::check);
    CHECK(parse_arguments({"check", "-c", "b.toml"}).file == "b.toml");
}

TEST_CASE("the commands around the database take a file, too, and what they work on") {
    const arguments backup = parse_arguments({"backup", "-c", "a.toml", "copy.db", "--force"});
    CHECK(backup.wanted == action::backup);
    CHECK(backup.file == "a.toml");
    CHECK(backup.state == "copy.db");
    CHECK(backup.force);
    CHECK_FALSE(parse_arguments({"backup", "copy.db"}).force);
    CHECK(parse_arguments({"verify"}).wanted == action::verify);
    CHECK_FALSE(parse_arguments({"verify"}).state);
    CHECK(parse_arguments({"verify", "-c", "a.toml"}).file == "a.toml");
    CHECK(parse_arguments({"verify", "copy.db"}).state == "copy.db");
    const arguments restore = parse_arguments({"restore", "copy.db", "-c", "a.toml"});
    CHECK(restore.wanted == action::restore);
    CHECK(restore.state == "copy.db");
    CHECK(restore.file == "a.toml");
    CHECK(parse_arguments({"migrate"}).wanted == action::migrate);
    CHECK_FALSE(parse_arguments({"migrate"}).only_check);
    CHECK(parse_arguments({"migrate", "--check"}).only_check);
}

TEST_CASE("describe takes one of its topics") {
    for (const char* topic : {"config", "metrics", "hooks", "toml"}) {
        const arguments given = parse_arguments({"describe", topic});
        CHECK(given.wanted == action::describe);
        CHECK(given.topic == topic);
    }
}

TEST_CASE("--version asks for the version") {
    CHECK(parse_arguments({"--version"}).wanted == action::version);
}

TEST_CASE("a wrong command line says so and is told from a failure") {
    const std::vector<std::vector<std::string>> wrong = {
        {"strat"},
        {"start", "now"},
        {"start", "-c"},
        {"--bogus"},
        {"describe"},
        {"describe", "life"},
        {"backup"},
        {"backup", "one.db", "two.db"},
        {"restore"},
        {"verify", "--force"},
        {"migrate", "copy.db"},
        {"start", "check"}};
    for (const std::vector<std::string>& words : wrong) {
        const arguments given = parse_arguments(words);
        CHECK(given.wanted == action::say);
        CHECK(given.code == exit_code::usage);
        CHECK_FALSE(given.text.empty());
    }
}

TEST_CASE("acl explain takes a question, acl import a file") {
    const arguments given =
        parse_arguments({"acl",      "explain", "-c",         "a.toml", "--user",
                         "ann",      "--role",  "r",          "--role", "s",
                         "--client", "c",       "--listener", "lan",    "--action",
                         "retain",   "--topic", "a/b",        "--qos",  "2"});
    CHECK(given.wanted == action::acl_explain);
    CHECK(given.file == "a.toml");
    CHECK(given.question.user == "ann");
    CHECK(given.question.roles == std::vector<std::string>{"r", "s"});
    CHECK(given.question.client == "c");
    CHECK(given.question.listener == "lan");
    CHECK(given.question.action == "retain");
    CHECK(given.question.topic == "a/b");
    CHECK(given.question.qos == 2);
    const arguments import = parse_arguments({"acl", "import", "old.acl"});
    CHECK(import.wanted == action::acl_import);
    CHECK(import.acl_file == "old.acl");
}

TEST_CASE("a question has a client, an action that exists, a topic and a QoS that exists") {
    const auto code = [](std::vector<std::string> words) {
        words.insert(words.begin(), {"acl", "explain"});
        return parse_arguments(words).code;
    };
    CHECK(code({"--client", "c", "--action", "publish", "--topic", "a"}) == exit_code::ok);
    CHECK(code({"--action", "publish", "--topic", "a"}) == exit_code::usage);
    CHECK(code({"--client", "c", "--topic", "a"}) == exit_code::usage);
    CHECK(code({"--client", "c", "--action", "publish"}) == exit_code::usage);
    CHECK(code({"--client", "c", "--action", "write", "--topic", "a"}) == exit_code::usage);
    CHECK(
        code({"--client", "c", "--action", "publish", "--topic", "a", "--qos", "3"}) ==
        exit_code::usage
    );
    CHECK(parse_arguments({"acl"}).code == exit_code::usage);
    CHECK(parse_arguments({"acl", "import"}).code == exit_code::usage);
}

TEST_CASE("config looks at what runs, or at what a file amounts to") {
    const arguments diff = parse_arguments({"config", "diff", "--running", "r.toml", "--json"});
    CHECK(diff.wanted == action::config_diff);
    CHECK(diff.settings.running == "r.toml");
    CHECK(diff.settings.json);
    const arguments show = parse_arguments({"config", "show", "-c", "a.toml", "--all"});
    CHECK(show.wanted == action::config_show);
    CHECK(show.file == "a.toml");
    CHECK(show.settings.all);
    CHECK(parse_arguments({"config"}).code == exit_code::usage);
}
