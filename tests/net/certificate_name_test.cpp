#include "net/certificate_name.hpp"
#include "support/certificates.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using test::authority;

namespace {

std::string name_of(const test::named& whom, certificate_identity which) {
    static const authority by;
    return net::name_in(*by.issue(whom).certificate, which);
}

}  // namespace

TEST_CASE("C14: the common name is the user name, as it is") {
    constexpr auto cn = certificate_identity::cn;
    CHECK(name_of({.subject = {{"CN", "sensor-7"}}}, cn) == "sensor-7");
    CHECK(name_of({.subject = {{"CN", "s\xc3\xa9nsor"}}}, cn) == "s\xc3\xa9nsor");
    CHECK(name_of({.subject = {{"O", "plant"}, {"CN", "a/b+#%u"}}}, cn) == "a/b+#%u");
    CHECK(name_of({.subject = {{"CN", "a"}}}, certificate_identity::none).empty());
}

TEST_CASE("C14: no common name, more than one, or one that no user can have, is no name") {
    constexpr auto cn = certificate_identity::cn;
    CHECK(name_of({.subject = {{"O", "plant"}}}, cn).empty());
    CHECK(name_of({.subject = {{"CN", "alice"}, {"CN", "admin"}}}, cn).empty());
    CHECK(name_of({.subject = {{"CN", std::string("admin\0x", 7)}}}, cn).empty());
    CHECK(name_of({.subject = {{"CN", "admin\r\nX: y"}}}, cn).empty());
    CHECK(name_of({.subject = {{"CN", "a\x7f"}}}, cn).empty());
}

TEST_CASE("C14: of the alternative names the first DNS name or mail address counts") {
    constexpr auto san = certificate_identity::san;
    const test::named whom{.subject = {{"CN", "x"}}};
    CHECK(name_of(whom, san).empty());
    CHECK(
        name_of({.subject = {{"CN", "x"}}, .alternative = "DNS:a.example,DNS:b.example"}, san) ==
        "a.example"
    );
    CHECK(
        name_of({.subject = {{"CN", "x"}}, .alternative = "IP:192.0.2.1,email:a@b.example"}, san) ==
        "a@b.example"
    );
    CHECK(name_of({.subject = {{"CN", "x"}}, .alternative = "IP:192.0.2.1"}, san).empty());
}

TEST_CASE("C14: the whole subject is told as RFC 2253 writes it, separators escaped") {
    constexpr auto subject = certificate_identity::subject;
    CHECK(name_of({.subject = {{"O", "plant"}, {"CN", "sensor"}}}, subject) == "CN=sensor,O=plant");
    CHECK(
        name_of({.subject = {{"O", "a,CN=admin"}, {"CN", "s"}}}, subject) == "CN=s,O=a\\,CN=admin"
    );
    CHECK(name_of({.subject = {{"CN", "s\xc3\xa9"}}}, subject) == "CN=s\xc3\xa9");
}
