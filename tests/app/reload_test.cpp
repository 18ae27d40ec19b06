// SIGHUP against the real lmqttd.
#include "program.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <signal.h>

using namespace lmqtt;
using test::contains;
using test::program;

namespace {

const std::string free_port = "[[listeners]]\naddress = \"127.0.0.1:0\"\n";

}  // namespace

TEST_CASE("SIGHUP applies what may change and names what needs a restart") {
    const test::scratch folder;
    const std::string file = folder.write("a.toml", free_port).string();
    program lmqttd({"start", "-c", file});
    REQUIRE(lmqttd.says("configuration read"));
    folder.write("a.toml", "workers = 2\n" + free_port + "[mqtt]\nmax_inflight = 7\n");
    lmqttd.signal(SIGHUP);
    REQUIRE(lmqttd.says("configuration reloaded"));
    CHECK(contains(lmqttd.errors(), "changed key needs a restart key=workers"));
    CHECK(contains(lmqttd.errors(), "changed key applies key=mqtt.max_inflight"));
    lmqttd.signal(SIGTERM);
    CHECK(lmqttd.wait() == 0);
}

TEST_CASE("a file with errors changes nothing, says why, and SIGTERM still works") {
    const test::scratch folder;
    const std::string file = folder.write("a.toml", free_port).string();
    program lmqttd({"start", "-c", file});
    REQUIRE(lmqttd.says("configuration read"));
    folder.write("a.toml", free_port + "[mqtt]\nmaximum_qos = 9\nunknown = 1\n");
    lmqttd.signal(SIGHUP);
    REQUIRE(lmqttd.says("the running one stays"));
    CHECK(contains(lmqttd.errors(), ":4:15: mqtt.maximum_qos"));
    CHECK(contains(lmqttd.errors(), ":5:1: unknown key"));
    lmqttd.signal(SIGTERM);
    CHECK(lmqttd.wait() == 0);
}

TEST_CASE("a file that is gone changes nothing, and comes back with the next SIGHUP") {
    const test::scratch folder;
    const std::string file = folder.write("a.toml", free_port).string();
    program lmqttd({"start", "-c", file});
    REQUIRE(lmqttd.says("configuration read"));
    std::filesystem::remove(file);
    lmqttd.signal(SIGHUP);
    REQUIRE(lmqttd.says("the running one stays"));
    CHECK(contains(lmqttd.errors(), "No such file"));
    folder.write("a.toml", free_port + "[log]\nlevel = \"warn\"\n");
    lmqttd.signal(SIGHUP);
    folder.write("a.toml", free_port);
    lmqttd.signal(SIGHUP);
    REQUIRE(lmqttd.says("configuration reloaded"));
    lmqttd.signal(SIGTERM);
    CHECK(lmqttd.wait() == 0);
}

TEST_CASE("SIGHUP opens the log file again, so that it can be rotated") {
    const test::scratch folder;
    const std::string text = free_port + "[log]\ndestination = \"./lmqttd.log\"\n";
    program lmqttd({"start", "-c", folder.write("a.toml", text).string()});
    while (!contains(folder.read("lmqttd.log"), "configuration read")) {
    }
    std::filesystem::rename(folder.path("lmqttd.log"), folder.path("lmqttd.log.1"));
    lmqttd.signal(SIGHUP);
    while (!contains(folder.read("lmqttd.log"), "configuration reloaded")) {
    }
    lmqttd.signal(SIGTERM);
    CHECK(lmqttd.wait() == 0);
    CHECK_FALSE(contains(folder.read("lmqttd.log.1"), "configuration reloaded"));
    CHECK(lmqttd.errors().empty());
}
