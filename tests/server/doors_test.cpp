// How connections come in: what is between a socket and the protocol, and what a reload makes of
// it.
#include "accounts/password_hash.hpp"
#include "support/scratch.hpp"
#include "support/tls_peer.hpp"
#include "talker.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

using namespace lmqtt;
using namespace lmqtt::test;
using namespace std::chrono_literals;

namespace {

std::size_t count(const std::string& in, std::string_view what) {
    std::size_t found = 0;
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + 1)) {
        ++found;
    }
    return found;
}

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

TEST_CASE("C14: a reload makes no TLS listener plain, and no plain one TLS", "[doors]") {
    const tls_files files;
    config secure = with_tls(files.options);
    config plain = secure;
    plain.listeners.front().tls.reset();
    using keys = std::vector<std::string>;
    server one(secure);
    one.start();
    CHECK(one.reload(plain) == keys{"listeners.tls"});
    raw_client told_off(one);
    told_off.say_connect();
    CHECK_FALSE(told_off.read_to_the_end().starts_with('\x20'));
    server other(plain);
    other.start();
    CHECK(other.reload(secure) == keys{"listeners.tls"});
    raw_client let_in(other);
    let_in.say_connect();
    CHECK(let_in.packet().starts_with('\x20'));
}

TEST_CASE("a key that everybody may read is warned of, at the start and at a reload", "[doors]") {
    const tls_files files;
    config settings = with_tls(files.options);
    settings.log.level = log_level::warn;
    settings.log.destination = files.folder.path("log").string();
    const std::string key = files.options.key_file;
    const auto warnings = [&] {
        const std::string line = "chmod o= it listener=secure/1 file=" + key;
        return count(files.folder.read("log"), line);
    };
    const auto mode = [&](std::filesystem::perms of_others) {
        using enum std::filesystem::perms;
        std::filesystem::permissions(key, owner_read | owner_write | group_read | of_others);
    };
    mode(std::filesystem::perms::none);
    server broker(settings);
    broker.start();
    CHECK(broker.reload(settings).empty());
    CHECK(warnings() == 0);
    mode(std::filesystem::perms::others_read);
    CHECK(broker.reload(settings).empty());
    CHECK(warnings() == 1);
    server again(settings);
    again.start();
    CHECK(warnings() == 2);
}

TEST_CASE("secrets of accounts that everybody may read are warned of", "[doors]") {
    const scratch folder;
    const auto write = [&](const std::string& name, const std::string& text) {
        folder.write(name, text);
        std::filesystem::permissions(folder.path(name), std::filesystem::perms::owner_read);
        return folder.path(name).string();
    };
    config settings = quiet_config();
    settings.log.level = log_level::warn;
    settings.log.destination = folder.path("log").string();
    settings.auth.password_file = write("passwords", "");
    settings.listeners.front().password_file = write("own", "");
    settings.auth.jwt.key_file = write("secret", std::string(32, 'k'));
    settings.auth.jwt.algorithm = token_algorithm::hs256;
    const auto warned = [&](const std::string& file) {
        return count(folder.read("log"), "chmod o= it file=" + file);
    };
    {
        server broker(settings);
        broker.start();
        CHECK(count(folder.read("log"), "chmod") == 0);
    }
    for (const std::string name : {"passwords", "own", "secret"}) {
        std::filesystem::permissions(
            folder.path(name),
            std::filesystem::perms::others_read,
            std::filesystem::perm_options::add
        );
    }
    server broker(settings);
    broker.start();
    CHECK(broker.reload(settings).empty());
    CHECK(warned(settings.auth.password_file) == 2);
    CHECK(warned(settings.listeners.front().password_file) == 2);
    CHECK(warned(settings.auth.jwt.key_file) == 2);
}

TEST_CASE("passwords in the clear are warned of when a reload makes them possible", "[doors]") {
    const scratch folder;
    config settings = quiet_config();
    settings.listeners.front().address = "127.1:0";  // which is not seen to be of this machine
    settings.listeners.front().allow_anonymous = true;
    settings.auth.password_file = folder.write("users", "").string();
    settings.log.level = log_level::warn;
    settings.log.destination = folder.path("log").string();
    const auto warnings = [&] {
        return count(folder.read("log"), "passwords travel in the clear");
    };
    server broker(settings);
    broker.start();
    CHECK(broker.reload(settings).empty());
    CHECK(warnings() == 0);
    folder.write(
        "users",
        "alice:" + accounts::hash_password("secret", accounts::hash_profile::argon2id_edge) + "\n"
    );
    CHECK(broker.reload(settings).empty());
    CHECK(warnings() == 1);
}

TEST_CASE("certificates that cannot be used are counted, and a gauge until they can", "[doors]") {
    const tls_files files;
    const std::string good = files.folder.read("server.crt");
    config settings = with_tls(files.options);
    settings.listeners.push_back({.address = "127.0.0.1:0"});
    server broker(settings);
    broker.start();
    talker watcher(broker, 1);
    watcher.connect("watcher");
    watcher.subscribe("$SYS/broker/listeners/+/certificate/state");
    const auto value_of = [&](std::string_view name) {
        const std::vector<metric_value> all = broker.metrics();
        return std::ranges::find(all, name, &metric_value::name)->value;
    };
    const auto wait_for = [&](std::string_view state) {
        while (!watcher.packet().ends_with(state)) {
        }
    };
    CHECK(value_of("lmqtt_certificate_reload_failed") == 0);
    files.file("server.crt", "garbage");
    wait_for("refused");
    CHECK(value_of("lmqtt_certificate_reload_failed") == 1);
    files.file("server.crt", good);
    wait_for("loaded");
    CHECK(value_of("lmqtt_certificate_reload_failed") == 0);
    CHECK(value_of("lmqtt_certificate_reloads_failed_total") == 1);
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
