#include "accounts/jwt_key.hpp"
#include "sample_accounts.hpp"
#include "signed_token.hpp"

using namespace lmqtt::accounts;
using namespace lmqtt::test;
using enum jwt_algorithm;

TEST_CASE("what a key has signed is told from what it has not", "[jwt]") {
    const private_key rsa = private_key::rsa();
    const private_key ec = private_key::ec();
    const private_key ed = private_key::ed25519();

    struct signing {
        jwt_key key;
        std::string signature;
    };

    const std::string text = "header.claims";
    const signing all[] = {
        {{rs256, rsa.public_pem()}, rsa.rs256(text)},
        {{es256, ec.public_pem()}, ec.es256(text)},
        {{eddsa, ed.public_pem()}, ed.eddsa(text)},
        {{hs256, secret_of_hs256}, hmac_sha256(secret_of_hs256, text)}};
    for (const signing& each : all) {
        INFO(name_of(each.key.algorithm()));
        CHECK(each.key.has_signed(text, each.signature));
        CHECK_FALSE(each.key.has_signed("header.claimz", each.signature));
        CHECK_FALSE(each.key.has_signed("", each.signature));
        CHECK_FALSE(each.key.has_signed(text, ""));
        CHECK_FALSE(each.key.has_signed(text, each.signature + "x"));
        CHECK_FALSE(each.key.has_signed(text, std::string(each.signature.size(), '\0')));
        for (std::size_t at = 0; at < each.signature.size(); at += 7) {
            std::string changed = each.signature;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            CHECK_FALSE(each.key.has_signed(text, changed));
        }
        for (const signing& other : all) {
            CHECK(other.key.has_signed(text, each.signature) == (&other == &each));
        }
    }
    CHECK_FALSE(all[1].key.has_signed(text, ec.sign(text, ::EVP_sha256())));  // in DER
}

TEST_CASE("another key of the same kind has not signed it", "[jwt]") {
    const private_key mine = private_key::ed25519();
    const private_key other = private_key::ed25519();
    const jwt_key key(eddsa, mine.public_pem(), "one");
    CHECK(key.id() == "one");
    CHECK_FALSE(key.has_signed("text", other.eddsa("text")));
}

TEST_CASE("a key is what its algorithm needs, or there is none (C12)", "[jwt]") {
    const std::string rsa = private_key::rsa().public_pem();
    const std::string ec = private_key::ec().public_pem();
    const std::string ed = private_key::ed25519().public_pem();
    const auto complaint = [](jwt_algorithm algorithm, const std::string& material) {
        return complaint_of([&] { jwt_key(algorithm, material); });
    };
    CHECK(contains(complaint(rs256, ec), "is no RSA key"));
    CHECK(contains(complaint(rs256, ed), "is no RSA key"));
    CHECK(contains(complaint(rs256, private_key::rsa(1024).public_pem()), "2048"));
    CHECK(contains(complaint(es256, rsa), "P-256"));
    CHECK(contains(complaint(es256, private_key::ec("P-384").public_pem()), "P-256"));
    CHECK(contains(complaint(eddsa, ec), "Ed25519"));
    for (const jwt_algorithm each : {rs256, es256, eddsa}) {
        CHECK(contains(complaint(each, ""), "no public key"));
        CHECK(contains(complaint(each, secret_of_hs256), "no public key"));
        CHECK(contains(complaint(each, rsa.substr(0, rsa.size() / 2)), "no public key"));
    }
    CHECK(contains(complaint(hs256, rsa), "not a secret"));
    CHECK(contains(complaint(hs256, "\n" + ed), "not a secret"));
    CHECK(contains(complaint(hs256, secret_of_hs256.substr(1)), "32 bytes"));
    CHECK(contains(complaint(hs256, ""), "32 bytes"));
}
