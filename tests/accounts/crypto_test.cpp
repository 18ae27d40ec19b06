#include "accounts/crypto.hpp"
#include "base/base64.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;

TEST_CASE("digests are those everybody computes", "[crypto]") {
    CHECK(lmqtt::base::to_base64(digest(digest_kind::md5, "")) == "1B2M2Y8AsgTpgAmY7PhCfg==");
    CHECK(
        lmqtt::base::to_base64(digest(digest_kind::sha256, "")) ==
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
    CHECK(digest(digest_kind::sha512, "abc").size() == 64);
}

TEST_CASE("HMAC is that of RFC 4231, test case 2", "[crypto]") {
    CHECK(
        lmqtt::base::to_base64(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
    );
    CHECK(hmac_sha256("", "").size() == 32);
}

TEST_CASE("PBKDF2 is that of RFC 7914", "[crypto]") {
    const pbkdf2_terms terms{digest_kind::sha256, "salt", 1, 64};
    CHECK(
        lmqtt::base::to_base64(pbkdf2("passwd", terms)) ==
        "VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOd"
        "d+8xfHG4RbHjC9UJESBB06GXgw=="
    );
    CHECK(pbkdf2("", terms).size() == 64);
}

TEST_CASE("random bytes have the length that was asked for, and differ", "[crypto]") {
    CHECK(random_bytes(0).empty());
    CHECK(random_bytes(1000).size() == 1000);
    CHECK(random_bytes(16) != random_bytes(16));
}

TEST_CASE("bytes are the same if and only if they are equal", "[crypto]") {
    CHECK(same_bytes("", ""));
    CHECK(same_bytes("abc", "abc"));
    CHECK_FALSE(same_bytes("abc", "abd"));
    CHECK_FALSE(same_bytes("abc", "ab"));
    CHECK_FALSE(same_bytes(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST_CASE("a wiped secret is gone", "[crypto]") {
    std::string secret(100, 'x');
    wipe(secret);
    CHECK(secret.empty());
}
