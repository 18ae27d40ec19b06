#include "config/validate.hpp"
#include "written.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using test::contains;

namespace {

std::string listener(const std::string& address, const std::string& more = "") {
    return "[[listeners]]\naddress = \"" + address + "\"\n" + more;
}

std::string told(const std::string& text) {
    return test::problems(test::load(text));
}

}  // namespace

TEST_CASE("the defaults are valid") {
    CHECK(config_file::validate(config{}, {}).empty());
}

TEST_CASE("a listener that other machines can reach has to say whether everybody may come in") {
    for (const char* address :
         {":1883",
          "0.0.0.0:1883",
          "[::]:1883",
          "192.0.2.1:1883",
          "[2001:db8::1]:1883",
          "host:1883"}) {
        const std::string lines = told(listener(address));
        CHECK(contains(lines, "f:2:11: the listener " + std::string(address)));
        CHECK(contains(lines, "allow_anonymous = true"));
        CHECK(told(listener(address, "allow_anonymous = true\n")).empty());
        CHECK(told(listener(address, "allow_anonymous = false\n")).empty());
        CHECK(told(listener(address, "password_file = \"lan.passwd\"\n")).empty());
        CHECK(contains(told(listener(address, "password_file = \"\"\n")), "can be reached"));
    }
}

TEST_CASE("each exposed listener must say so itself") {
    const std::string lines =
        told(listener(":1883", "allow_anonymous = true\n") + listener(":1884"));
    CHECK(contains(lines, "the listener :1884"));
    CHECK_FALSE(contains(lines, "the listener :1883 can"));
}

TEST_CASE("a listener on this machine needs no permission") {
    for (const char* address :
         {"127.0.0.1:1883",
          "127.1.2.3:1883",
          "[::1]:1883",
          "localhost:1883",
          "unix:/run/mqtt.sock"}) {
        CHECK(told(listener(address)).empty());
        CHECK(told(listener(address, "allow_anonymous = false\n")).empty());
    }
}

TEST_CASE("a queue must hold what may be in flight") {
    const std::string rule = "mqtt.max_queued_messages is less than mqtt.max_inflight";
    CHECK(contains(told("[mqtt]\nmax_queued_messages = 99\n"), "f:2:23: " + rule));
    CHECK(contains(told("[mqtt]\nmax_inflight = 1001\n"), "f:2:16: " + rule));
    CHECK(contains(told("[mqtt]\nmax_inflight = \"unlimited\"\n"), rule));
    CHECK(told("[mqtt]\nmax_queued_messages = 100\n").empty());
    CHECK(told("[mqtt]\nmax_inflight = 5\nmax_queued_messages = 5\n").empty());
    CHECK(told("[mqtt]\nmax_inflight = \"unlimited\"\nmax_queued_messages = 65535\n").empty());
}

TEST_CASE("a rule is silent about keys that are already complained about") {
    const std::string lines = told("[mqtt]\nmax_queued_messages = 0\nmax_inflight = 5000\n");
    CHECK(contains(lines, "expected an integer"));
    CHECK_FALSE(contains(lines, "is less than"));
    CHECK_FALSE(contains(told(listener("nonsense")), "has no address"));
    CHECK_FALSE(contains(told(listener(":1883", "allow_anonymous = 1\n")), "the listener :1883 can")
    );
}

TEST_CASE("a listener needs an address") {
    CHECK(told("[[listeners]]\nname = \"a\"\n") == "f:1:1: this listener has no address\n");
}

TEST_CASE("two listeners cannot take the same address") {
    const auto both = [](const std::string& one, const std::string& other) {
        const std::string open = "allow_anonymous = true\n";
        return told(listener(one, open) + listener(other, open));
    };
    CHECK(contains(both("127.0.0.1:1883", "127.0.0.1:1883"), "f:5:11: the address 127.0.0.1:1883"));
    CHECK(contains(both(":1883", "127.0.0.1:1883"), "already taken"));
    CHECK(contains(both("[::1]:1883", ":1883"), "already taken"));
    CHECK(contains(both("0.0.0.0:1883", "127.0.0.1:1883"), "already taken"));
    CHECK(contains(both("unix:/run/a", "unix:/run/a"), "already taken"));
    CHECK(contains(both("unix:/run/a", "unix:/run/b/../a"), "already taken"));
    CHECK(both("127.0.0.1:1883", "127.0.0.2:1883").empty());
    CHECK(both("0.0.0.0:1883", "[::1]:1883").empty());
    CHECK(both("127.0.0.1:1883", "127.0.0.1:1884").empty());
    CHECK(both("127.0.0.1:0", "127.0.0.1:0").empty());
    CHECK(both("unix:/run/a", "unix:/run/b").empty());
}

TEST_CASE("two listeners cannot have the same name") {
    const std::string named = "name = \"lan\"\n";
    const std::string lines = told(listener("127.0.0.1:1", named) + listener("127.0.0.1:2", named));
    CHECK(lines == "f:6:8: another listener is already called lan\n");
}

TEST_CASE("permissions of a socket file need a socket file") {
    const std::string mode = "unix_mode = \"0600\"\n";
    CHECK(contains(told(listener("127.0.0.1:1883", mode)), "f:3:13: listeners.unix_mode"));
    CHECK(told(listener("unix:/run/a", mode)).empty());
}

TEST_CASE("a mount point contains no wildcard") {
    CHECK(contains(
        told(listener("127.0.0.1:1", "mount_point = \"a/+/\"\n")), "f:3:15: listeners.mount"
    ));
    CHECK(contains(told(listener("127.0.0.1:1", "mount_point = \"#\"\n")), "wildcards"));
    CHECK(told(listener("127.0.0.1:1", "mount_point = \"a/b/\"\n")).empty());
    CHECK(told(listener("127.0.0.1:1", "mount_point = \"a$/\"\n")).empty());
}

TEST_CASE("a mount point ends where a filter can begin") {
    for (const std::string glued : {"a", "a/b", "/a"}) {
        const std::string line = "mount_point = \"" + glued + "\"\n";
        CHECK(
            contains(told(listener("127.0.0.1:1", line)), "f:3:15: listeners.mount_point must end")
        );
    }
    CHECK(told(listener("127.0.0.1:1", "mount_point = \"/\"\n")).empty());
    CHECK(told(listener("127.0.0.1:1", "mount_point = \"\"\n")).empty());
}

TEST_CASE("who comes by a proxy is no program of this machine") {
    const std::string proxied = "proxy_protocol = true\nproxy_trusted = [\"127.0.0.1\"]\n";
    CHECK(contains(told(listener("127.0.0.1:1", proxied)), "through a proxy: say allow_anonymous"));
    CHECK(told(listener("127.0.0.1:1", proxied + "allow_anonymous = false\n")).empty());
    CHECK(told(listener("unix:/run/a", "allow_anonymous = true\n" + proxied)).empty());
    const std::string forwarded = "websocket.trusted_proxies = [\"127.0.0.1\"]\n";
    CHECK(contains(told(listener("127.0.0.1:1", forwarded)), "through a proxy"));
    CHECK(told(listener("127.0.0.1:1", "websocket.path = \"/\"\n")).empty());
}

TEST_CASE("an authority, or a revocation list, that checks nobody is a mistake") {
    const std::string files = "tls.cert_file = \"a\"\ntls.key_file = \"b\"\n";
    const auto with = [&files](const std::string& more) {
        return told(listener("127.0.0.1:1", files + more));
    };
    CHECK(with("").empty());
    CHECK(contains(with("tls.client_ca_file = \"ca\"\n"), "tls.client_ca_file checks nobody"));
    CHECK(contains(with("tls.crl_file = \"crl\"\n"), "tls.crl_file revokes nothing"));
    const std::string on_purpose = "tls.client_certificate = \"none\"\n";
    CHECK(with(on_purpose + "tls.client_ca_file = \"ca\"\ntls.crl_file = \"crl\"\n").empty());
}

TEST_CASE("no mount point leads to the topics of the broker") {
    for (const std::string taken : {"$SYS/", "$S", "$share/g/", "$"}) {
        const std::string line = "mount_point = \"" + taken + "\"\n";
        CHECK(contains(told(listener("127.0.0.1:1", line)), "$SYS is the broker's own"));
    }
}

TEST_CASE("TLS needs a certificate and its key, and an authority if clients are to have theirs") {
    const std::string here = "127.0.0.1:8883";
    const std::string own = "tls.cert_file = \"a.crt\"\ntls.key_file = \"a.key\"\n";
    CHECK(told(listener(here, own)).empty());
    CHECK(contains(told(listener(here, "tls = {}\n")), "listeners.tls.cert_file is missing"));
    CHECK(contains(told(listener(here, "tls = {}\n")), "listeners.tls.key_file is missing"));
    for (const std::string wanted : {"required", "optional"}) {
        const std::string asking = own + "tls.client_certificate = \"" + wanted + "\"\n";
        CHECK(contains(told(listener(here, asking)), "needs tls.client_ca_file"));
        CHECK(told(listener(here, asking + "tls.client_ca_file = \"ca.crt\"\n")).empty());
    }
    CHECK(contains(
        told(listener(here, own + "tls.identity_as_username = \"cn\"\n")),
        "f:5:28: listeners.tls.identity_as_username needs clients that have certificates"
    ));
}

TEST_CASE("a WebSocket has a path that a request can name") {
    for (const char* path : {"mqtt", "/a b", "/a?b", "/a#b"}) {
        const std::string lines =
            told(listener("127.0.0.1:1", "websocket.path = \"" + std::string(path) + "\"\n"));
        CHECK(contains(lines, "f:3:18: listeners.websocket.path must"));
    }
    CHECK(told(listener("127.0.0.1:1", "websocket.path = \"/mqtt/v1\"\n")).empty());
}

TEST_CASE("whoever may say another's address is named, by address or network") {
    CHECK(contains(
        told(listener("127.0.0.1:1", "proxy_protocol = true\n")),
        "listeners.proxy_protocol needs proxy_trusted"
    ));
    const std::string nobody = "allow_anonymous = false\n";
    CHECK(told(listener("unix:/run/a.sock", nobody + "proxy_protocol = true\n")).empty());
    for (const char* key : {"proxy_trusted", "websocket.trusted_proxies"}) {
        const std::string good = std::string(key) + " = [\"192.0.2.1\", \"2001:db8::/32\"]\n";
        const std::string bad = std::string(key) + " = [\"192.0.2.1\", \"proxy.example\"]\n";
        CHECK(told(listener("127.0.0.1:1", nobody + "proxy_protocol = false\n" + good)).empty());
        CHECK(contains(told(listener("127.0.0.1:1", bad)), "has \"proxy.example\", which is no"));
    }
}
