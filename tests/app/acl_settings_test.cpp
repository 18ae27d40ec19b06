#include "app/acl_settings.hpp"
#include "app/failure.hpp"
#include "app/settings.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using test::contains;

namespace {

const std::string rule = "allow = [\"publish\"]\ntopic = \"a\"\n";

// All problems, with "DIR/" for the folder.
std::string problems(const test::scratch& folder, const std::string& text) {
    const auto file = folder.write("a.toml", text);
    std::string lines = app::problem_lines(app::read_settings(file), file);
    const std::string place = folder.path("").string();
    for (auto at = lines.find(place); at != std::string::npos; at = lines.find(place)) {
        lines.replace(at, place.size(), "DIR/");
    }
    return lines;
}

}  // namespace

TEST_CASE("the rules of the configuration come first, then those of the file, each with its place"
) {
    const test::scratch folder;
    folder.write("more.toml", "\n[[rules]]\n" + rule);
    const auto file = folder.write("a.toml", "[acl]\nfile = \"more.toml\"\n[[acl.rules]]\n" + rule);
    const config settings = app::require_settings(file);
    REQUIRE(settings.acl.rules.size() == 2);
    CHECK(settings.acl.rules[0].origin == file.string() + ":3");
    CHECK(settings.acl.rules[1].origin == folder.path("more.toml").string() + ":2");
    CHECK(settings.acl.configured);
    CHECK(app::configured_rules(settings)->entries().size() == 2);
}

TEST_CASE("a file whose name ends in .acl is mosquitto's") {
    const test::scratch folder;
    folder.write("old.acl", "user ann\ntopic read a/#\n");
    const auto file = folder.write("a.toml", "[acl]\nfile = \"old.acl\"\n");
    const config settings = app::require_settings(file);
    REQUIRE(settings.acl.rules.size() == 2);
    CHECK(settings.acl.rules[0].origin == folder.path("old.acl").string() + ":2");
    CHECK(app::is_mosquitto_acl("x.acl"));
    CHECK_FALSE(app::is_mosquitto_acl("acl.toml"));
}

TEST_CASE("an empty file of rules, in either format, allows nothing (C11)") {
    const test::scratch folder;
    for (const char* name : {"none.toml", "none.acl"}) {
        folder.write(name, "# nothing\n\n");
        const auto file = folder.write("a.toml", "[acl]\nfile = \"" + std::string(name) + "\"\n");
        const config settings = app::require_settings(file);
        CHECK(settings.acl.rules.empty());
        CHECK(app::configured_rules(settings)->restricts());
    }
    CHECK_FALSE(app::configured_rules(config{})->restricts());
}

TEST_CASE("a file that cannot be read is a problem, not no file (C11)") {
    const test::scratch folder;
    CHECK(contains(
        problems(folder, "[acl]\nfile = \"no.acl\"\n"), "DIR/no.acl: cannot be read: No such file"
    ));
    CHECK(contains(problems(folder, "[acl]\nfile = \".\"\n"), "it is a directory"));
}

TEST_CASE("what is wrong with rules is told with the place of the rule, in every file at once") {
    const test::scratch folder;
    folder.write("more.toml", "[[rules]]\nallow = [\"publish\"]\ntopic = \"a#\"\n[[rules]]\n");
    const std::string said = problems(
        folder,
        "wrkers = 1\n[acl]\nfile = \"more.toml\"\n[[acl.rules]]\n" + rule +
            "[[acl.rules]]\nallow = [\"subscribe\"]\ntopic = \"$share/g/%x\"\nusers = [\"\"]\n"
            "roles = [\"\"]\n"
    );
    CHECK(contains(said, "DIR/a.toml:1:1: unknown key"));
    CHECK(contains(said, "DIR/a.toml:7:1: this rule: a share name"));
    CHECK(contains(said, "DIR/a.toml:7:1: this rule: there is an empty name in roles"));
    CHECK(contains(said, "DIR/more.toml:1:1: this rule: the topic is not a topic filter"));
    CHECK(contains(said, "DIR/more.toml:4:1: this rule says neither"));
}

TEST_CASE("mosquitto's lines are named, too") {
    const test::scratch folder;
    folder.write("old.acl", "topic read a\ntopic\n");
    CHECK(
        contains(problems(folder, "[acl]\nfile = \"old.acl\"\n"), "DIR/old.acl:2: expected a topic")
    );
}

TEST_CASE("a rule for a listener that does not exist is a problem") {
    const test::scratch folder;
    const std::string listener = "[[listeners]]\naddress = \"127.0.0.1:1883\"\nname = \"lan\"\n";
    const std::string said =
        problems(folder, listener + "[[acl.rules]]\n" + rule + "listeners = [\"lan\", \"lam\"]\n");
    CHECK(contains(said, "DIR/a.toml:4:1: there is no listener called \"lam\"; did you mean"));
    CHECK_FALSE(contains(said, "called \"lan\""));
}

TEST_CASE("C11: the rules of a listener's own file are about that listener alone") {
    const test::scratch folder;
    folder.write("lan.toml", "[[rules]]\n" + rule);
    folder.write("wan.acl", "# nothing\n");
    const std::string listeners = "[[listeners]]\naddress = \"127.0.0.1:1\"\nname = \"lan\"\n"
                                  "acl_file = \"lan.toml\"\n[[listeners]]\n"
                                  "address = \"127.0.0.1:2\"\nacl_file = \"wan.acl\"\n"
                                  "[[listeners]]\naddress = \"127.0.0.1:3\"\nname = \"open\"\n";
    const config settings = app::require_settings(folder.write("a.toml", listeners));
    REQUIRE(settings.acl.rules.size() == 1);
    CHECK(settings.acl.rules[0].listeners == std::vector<std::string>{"lan"});
    const auto rules = app::configured_rules(settings);
    CHECK(rules->restricts("lan"));
    CHECK(rules->restricts("127.0.0.1:2"));
    CHECK_FALSE(rules->restricts("open"));
    const std::string more = listeners + "[acl]\nrules = []\n";
    CHECK(app::configured_rules(app::require_settings(folder.write("a.toml", more)))
              ->restricts("open"));
    folder.write("lan.toml", "[[rules]]\n" + rule + "listeners = [\"open\"]\n");
    CHECK(contains(problems(folder, listeners), "lan.toml:1:1: this rule is in the acl_file of"));
    std::filesystem::remove(folder.path("wan.acl"));
    CHECK(contains(problems(folder, listeners), "wan.acl: cannot be read"));
}
