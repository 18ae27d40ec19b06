// The keys of [auth] against the structs they fill, and how they are written.
#include "config/load.hpp"
#include "described_struct.hpp"

using namespace lmqtt;

TEST_CASE("every field of the options for accounts and tokens has a key of its name") {
    test::check_fields({"auth_options", "auth_options", "auth"});
    test::check_fields({"auth_options", "jwt_options", "auth", "jwt"});
}

TEST_CASE("tokens have a table of their own in [auth]") {
    const char* const text = GENERATE(
        "[auth]\nhash = \"argon2id_edge\"\nbackoff = false\n[auth.jwt]\nalgorithm = \"EdDSA\"\n"
        "key_file = \"k.pem\"\nleeway = \"5s\"\n",
        "[auth]\nhash = \"argon2id_edge\"\nbackoff = false\njwt.algorithm = \"EdDSA\"\n"
        "jwt.key_file = \"k.pem\"\njwt.leeway = \"5s\"\n"
    );
    const auto read = config_file::load_text(text, "/etc/lmqtt");
    CHECK(read.problems.empty());
    const auth_options& auth = read.value.auth;
    CHECK(auth.hash == password_hash::argon2id_edge);
    CHECK_FALSE(auth.backoff);
    CHECK(auth.jwt.algorithm == token_algorithm::eddsa);
    CHECK(auth.jwt.key_file == "/etc/lmqtt/k.pem");
    CHECK(auth.jwt.leeway == std::chrono::seconds(5));
    CHECK(auth.accounts == "accounts.db");
}

TEST_CASE("a key of [auth] that is none is told with its whole name") {
    const auto wrong = [](const char* text) {
        const auto read = config_file::load_text(text, "/etc/lmqtt");
        REQUIRE(read.problems.size() == 1);
        return read.problems[0].message;
    };
    CHECK(
        wrong("[auth]\nbackof = true\n") == "unknown key \"auth.backof\"; did you mean \"backoff\"?"
    );
    CHECK(
        wrong("[auth.jwt]\nissuers = \"x\"\n") ==
        "unknown key \"auth.jwt.issuers\"; did you mean \"jwt.issuer\"?"
    );
    CHECK(wrong("[auth.ldap]\nx = 1\n").starts_with("unknown key \"auth.ldap\""));
    CHECK(wrong("[auth]\njwt = 1\n").starts_with("unknown key \"auth.jwt\""));
    CHECK(wrong("[auth]\njwt.algorithm = \"none\"\n").starts_with("auth.jwt.algorithm: expected"));
}
