// How connections come in: what is between a socket and the protocol, and what a reload makes of
// it.
#include "support/tls_peer.hpp"
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::chrono_literals;

namespace {

config with_tls(const tls_options& tls) {
    config settings = quiet_config();
    settings.listeners.front().tls = tls;
    settings.listeners.front().name = "secure/1";
    return settings;
}

std::string why_not(const config& settings) {
    server broker(settings);
    try {
        broker.start();
    } catch (const startup_error& refused) {
        CHECK(refused.why() == startup_error::cause::configuration);
        return refused.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a certificate that cannot be used is told before anything is bound", "[doors]") {
    tls_files files;
    CHECK(why_not(with_tls(files.options)).empty());
    files.options.key_file = files.folder.path("missing").string();
    config settings = with_tls(files.options);
    settings.listeners.front().address = "unix:" + files.folder.path("mqtt.sock").string();
    CHECK(contains(why_not(settings), "listeners.tls.key_file " + files.options.key_file));
    CHECK_FALSE(std::filesystem::exists(files.folder.path("mqtt.sock")));
}

TEST_CASE("$SYS says how long a certificate lasts, under the listener's name", "[doors]") {
    const tls_files files;
    config settings = with_tls(files.options);
    settings.sys.interval = 1ms;
    server broker(settings);
    broker.start();
    std::optional<message> said;
    while (!said) {
        said = broker.retained("$SYS/broker/listeners/secure_1/certificate/seconds_left");
    }
    const long left = std::stol(said->payload);
    CHECK(left > 3'000);
    CHECK(left <= 3'600);
}

TEST_CASE("a reload with a certificate that cannot be used changes nothing", "[doors]") {
    const tls_files files;
    server broker(with_tls(files.options));
    broker.start();
    config changed = with_tls(files.options);
    changed.listeners.front().tls->cert_file = files.file("bad.crt", "garbage");
    changed.mqtt.maximum_qos = qos::at_most_once;
    CHECK_THROWS_WITH(broker.reload(changed), Catch::Contains("listeners.tls.cert_file"));
    changed.listeners.front().tls = files.options;
    CHECK(broker.reload(changed).empty());
}

TEST_CASE("a program without accounts gets none by a reload, and is told", "[doors]") {
    config without = quiet_config();
    without.auth.accounts.clear();
    server broker(without);
    broker.start();
    config changed = without;
    changed.listeners.front().password_file = "lan.passwd";
    CHECK(broker.reload(changed) == std::vector<std::string>{"listeners.password_file"});
    CHECK(broker.reload(without).empty());
}

TEST_CASE("a listener's password file that cannot be read stops the start", "[doors]") {
    config settings = quiet_config();
    settings.listeners.front().password_file = "/nowhere/lan.passwd";
    server broker(settings);
    CHECK_THROWS_WITH(broker.start(), Catch::Contains("/nowhere/lan.passwd"));
}

TEST_CASE("where a PROXY header is expected, others than trusted proxies are reset", "[doors]") {
    config settings = quiet_config();
    settings.listeners.front().proxy_protocol = true;
    settings.listeners.front().proxy_trusted = {"192.0.2.1"};
    server broker(settings);
    broker.start();
    CHECK(raw_client(broker).read_to_the_end().empty());
}
