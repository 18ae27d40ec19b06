// The binary as a person meets it.
#include "program.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using test::contains;
using test::program;

TEST_CASE("lmqttd alone helps, on standard output") {
    program lmqttd({});
    CHECK(lmqttd.wait() == 0);
    CHECK(contains(lmqttd.output(), "start"));
    CHECK(lmqttd.errors().empty());
}

TEST_CASE("a wrong command line is told on standard error") {
    program lmqttd({"strat"});
    CHECK(lmqttd.wait() == 64);
    CHECK(contains(lmqttd.errors(), "strat"));
    CHECK(lmqttd.output().empty());
}

TEST_CASE("lmqttd --version and describe print to standard output") {
    program version({"--version"});
    CHECK(version.wait() == 0);
    CHECK(version.output().starts_with("lmqttd "));
    program described({"describe", "toml"});
    CHECK(described.wait() == 0);
    CHECK(contains(described.output(), "[[listeners]]"));
}

TEST_CASE("lmqttd check gives the verdict of start") {
    const test::scratch folder;
    program good({"check", "-c", folder.write("good.toml", "[mqtt]\nmaximum_qos = 1\n").string()});
    CHECK(good.wait() == 0);
    CHECK(contains(good.output(), "no problems"));
    const std::string wrong = folder.write("wrong.toml", "[mqtt]\nmaximum_qos = 3\n").string();
    for (const char* command : {"check", "start"}) {
        program bad({command, "-c", wrong});
        CHECK(bad.wait() == 78);
        CHECK(contains(bad.errors(), wrong + ":2:15: mqtt.maximum_qos: expected"));
        CHECK(bad.output().empty());
        program missing({command, "-c", folder.path("none").string()});
        CHECK(missing.wait() == 66);
        CHECK(contains(missing.errors(), "cannot be read"));
    }
}
