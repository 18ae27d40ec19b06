#include "net/tls_context.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using net::tls_context;
using test::contains;

namespace {

std::string why_not(const tls_options& options) {
    try {
        const tls_context made(options);
        return "";
    } catch (const std::runtime_error& refused) {
        return refused.what();
    }
}

}  // namespace

TEST_CASE("a context knows when its certificate ends") {
    test::tls_files files;
    const test::issued brief = files.by.issue({.subject = {{"CN", "a"}}, .to_seconds = 90'000});
    files.options.cert_file = files.file("brief.crt", brief.certificate_pem());
    files.options.key_file = files.file("brief.key", brief.key_pem());
    const std::int64_t left = tls_context(files.options).expires_at_seconds() - std::time(nullptr);
    CHECK(left > 89'000);
    CHECK(left <= 90'000);
}

TEST_CASE("what is wrong with a file is one line that names it") {
    test::tls_files files;
    CHECK(why_not(files.options).empty());
    tls_options missing = files.options;
    missing.cert_file = files.folder.path("none.crt").string();
    CHECK(contains(why_not(missing), "listeners.tls.cert_file " + missing.cert_file));
    CHECK(contains(why_not(missing), "No such file or directory"));
    missing = files.options;
    missing.key_file = "/nonexistent";
    CHECK(contains(why_not(missing), "listeners.tls.key_file /nonexistent: No such file"));
    tls_options wrong = files.options;
    wrong.key_file = files.file("other.key", files.by.issue({}).key_pem());
    CHECK(contains(why_not(wrong), "listeners.tls.key_file"));
    CHECK(contains(why_not(wrong), "mismatch"));
    wrong = files.options;
    wrong.ciphers = "NOTHING";
    CHECK(contains(why_not(wrong), "listeners.tls.ciphers \"NOTHING\""));
    for (const char* text : {"", "\n", "-----BEGIN CERTIFICATE-----\nAAAA\n", "garbage"}) {
        wrong = files.options;
        wrong.cert_file = files.file("bad.pem", text);
        CHECK(contains(why_not(wrong), "listeners.tls.cert_file"));
    }
}

TEST_CASE("C14: an authority file without certificates is refused, never taken for none") {
    test::tls_files files;
    for (const auto asked : {client_certificate::optional, client_certificate::required}) {
        for (const char* text : {"", "\n", "# comment\n", "garbage"}) {
            tls_options wrong = files.options;
            wrong.client_certificate = asked;
            wrong.client_ca_file = files.file("empty.crt", text);
            CHECK(contains(why_not(wrong), "listeners.tls.client_ca_file"));
            wrong = files.options;
            wrong.client_certificate = asked;
            wrong.crl_file = files.file("empty.crl", text);
            CHECK(contains(why_not(wrong), "listeners.tls.crl_file"));
        }
    }
}

TEST_CASE("a key with a password is refused instead of asked for") {
    test::tls_files files;
    const std::string locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                               "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw\n"
                               "-----END ENCRYPTED PRIVATE KEY-----\n";
    files.options.key_file = files.file("locked.key", locked);
    CHECK(contains(why_not(files.options), "listeners.tls.key_file"));
}
