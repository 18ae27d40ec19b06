// `lmqttd config ...` without a broker; beside one: tests/wire/test_44_config_commands.py.
#include "app/config_command.hpp"
#include "app/failure.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::app;
using test::contains;

namespace {

// What runs, and what the file says.
struct sample {
    config_answer compared(bool json = false) const {
        return compare_settings(
            folder.path("a.toml"),
            {.running = folder.path("running.toml").string(), .json = json, .all = false}
        );
    }

    test::scratch folder;
};

}  // namespace

TEST_CASE("config diff: a key a line, with both values and what applies it") {
    const sample of;
    const std::string paths = "[persistence]\npath = \"" + of.folder.path("lmqtt.db").string() +
                              "\"\n[auth]\naccounts = \"" + of.folder.path("accounts.db").string() +
                              "\"\n";
    of.folder.write("a.toml", "[mqtt]\nmax_inflight = 32\n");
    of.folder.write("running.toml", "workers = 2\n" + paths);
    const config_answer answer = of.compared();
    CHECK(answer.differs);
    CHECK(answer.text == "workers: 2 -> 1 (restart)\nmqtt.max_inflight: 100 -> 32 (SIGHUP)\n");
    of.folder.write("running.toml", "[mqtt]\nmax_inflight = 32\n" + paths);
    CHECK_FALSE(of.compared().differs);
    CHECK(contains(of.compared().text, "a.toml: is what runs"));
}

TEST_CASE("config diff: rules that come and go are shown whole") {
    const sample of;
    of.folder.write("a.toml", "[[acl.rules]]\nallow = [\"publish\"]\ntopic = \"a\"\n");
    of.folder.write("running.toml", "[[acl.rules]]\ndeny = [\"publish\"]\ntopic = \"a\"\n");
    const std::string text = of.compared().text;
    CHECK(contains(text, "acl.rules: 1 rule -> 1 rule, 1 added, 1 gone (SIGHUP)\n"));
    CHECK(contains(text, "acl.rules: - { deny = [\"publish\"], topic = \"a\" }\n"));
    CHECK(contains(text, "acl.rules: + { allow = [\"publish\"], topic = \"a\" }\n"));
    const std::string json = of.compared(true).text;
    CHECK(contains(json, "\"rules_gone\": [\n    \"{ deny = "));
    CHECK(contains(json, "\"key\": \"acl.rules\""));
}

TEST_CASE("config diff: of a file with errors nothing is compared") {
    const sample of;
    of.folder.write("running.toml", "");
    of.folder.write("a.toml", "[mqtt]\nmaximum_qos = 9\n");
    CHECK_THROWS_AS(of.compared(), failure);
    of.folder.write("a.toml", "");
    of.folder.write("running.toml", "[mqtt]\nmaximum_qos = 9\n");
    CHECK_THROWS_AS(of.compared(), failure);
}

TEST_CASE("config show: what is not at its default, without the rules of other files") {
    const test::scratch folder;
    folder.write("more.toml", "[[rules]]\nallow = [\"publish\"]\ntopic = \"theirs\"\n");
    const auto file = folder.write(
        "a.toml",
        "[mqtt]\nmax_inflight = 32\n[acl]\nfile = \"more.toml\"\n"
        "[[acl.rules]]\nallow = [\"publish\"]\ntopic = \"own\"\n"
    );
    const std::string text = show_settings(file, {});
    CHECK(contains(text, "max_inflight = 32\n"));
    CHECK(contains(text, "topic = \"own\"\n"));
    CHECK_FALSE(contains(text, "theirs"));
    CHECK_FALSE(contains(text, "maximum_qos"));
    CHECK(contains(show_settings(file, {.all = true}), "maximum_qos = 2\n"));
}
