#include "accounts/password_hash.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;

namespace {

constexpr const char* of_mosquitto =
    "$7$101$e0+YbP+NjwrvrYNO$pCWJeNyuqoLASI3i4ZGtCqkU1IYFxylTGi7f5WSe0MdlP9RPFsbg6/"
    "fkqp4EkR7rUkrF9udc0JQvIiZ5K/px2g==";

}  // namespace

TEST_CASE("a hash says what it is, and takes its password alone", "[password_hash]") {
    const auto [profile, begin] = GENERATE(table<hash_profile, std::string>({
        {hash_profile::argon2id, "$argon2id$v=19$m=19456,t=2,p=1$"},
        {hash_profile::argon2id_edge, "$argon2id$v=19$m=7168,t=5,p=1$"},
    }));
    const std::string stored = hash_password("pa\0ss", profile);
    CHECK(stored.starts_with(begin));
    CHECK(stored.size() == begin.size() + 22 + 1 + 43);  // 16 and 32 bytes
    CHECK(is_password_hash(stored));
    CHECK(verify_password(stored, "pa\0ss"));
    CHECK_FALSE(verify_password(stored, "Pa"));
    CHECK_FALSE(verify_password(stored, ""));
    CHECK_FALSE(needs_rehash(stored, profile));
}

TEST_CASE("bytes after a zero count", "[password_hash]") {
    const std::string stored =
        hash_password(std::string_view("a\0b", 3), hash_profile::argon2id_edge);
    CHECK(verify_password(stored, std::string_view("a\0b", 3)));
    CHECK_FALSE(verify_password(stored, std::string_view("a\0c", 3)));
    CHECK_FALSE(verify_password(stored, "a"));
}

TEST_CASE("the same password has another hash each time", "[password_hash]") {
    CHECK(
        hash_password("x", hash_profile::argon2id_edge) !=
        hash_password("x", hash_profile::argon2id_edge)
    );
}

TEST_CASE("what other programs made is checked, and made anew", "[password_hash]") {
    CHECK(is_password_hash(of_mosquitto));
    CHECK(verify_password(of_mosquitto, "correct horse"));
    CHECK_FALSE(verify_password(of_mosquitto, "wrong horse"));
    CHECK(needs_rehash(of_mosquitto, hash_profile::argon2id));
}

TEST_CASE("other costs than the profile's are brought up to it", "[password_hash]") {
    const std::string tag = "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    const std::string salt = "$AAAAAAAAAAAAAAAAAAAAAA";
    const std::string good = "$argon2id$v=19$m=19456,t=2,p=1" + salt + tag;
    CHECK_FALSE(needs_rehash(good, hash_profile::argon2id));
    CHECK(needs_rehash(good, hash_profile::argon2id_edge));
    for (const std::string& weaker :
         {"$argon2i$v=19$m=19456,t=2,p=1" + salt + tag,
          "$argon2id$v=16$m=19456,t=2,p=1" + salt + tag,
          "$argon2id$v=19$m=47104,t=1,p=1" + salt + tag,
          "$argon2id$v=19$m=19456,t=2,p=2" + salt + tag,
          "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ" + tag,
          "$argon2id$v=19$m=19456,t=2,p=1" + salt + "$AAAAAAAAAAAAAAAAAAAAAA"}) {
        INFO(weaker);
        CHECK(is_password_hash(weaker));
        CHECK(needs_rehash(weaker, hash_profile::argon2id));
    }
}

TEST_CASE(
    "no password has the impossible hash, which costs like any other (C15)", "[password_hash]"
) {
    const std::string one = impossible_hash(hash_profile::argon2id_edge);
    CHECK(one.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
    CHECK(is_own_hash(one));
    CHECK_FALSE(needs_rehash(one, hash_profile::argon2id_edge));
    CHECK_FALSE(verify_password(one, ""));
    CHECK(one != impossible_hash(hash_profile::argon2id_edge));
    CHECK_FALSE(is_own_hash(of_mosquitto));
}

TEST_CASE("what a hash costs is told by all but its salt and its secret (C15)", "[password_hash]") {
    const std::string one = impossible_hash(hash_profile::argon2id_edge);
    CHECK(cost_of(one) == "$argon2id$v=19$m=7168,t=5,p=1");
    CHECK(cost_of(of_mosquitto) == "$7$101");
    const std::string salt = "$saltsalt$";
    const std::string hash86(86, 'a');
    CHECK(cost_of("$6" + salt + hash86) == "$6");
    CHECK(cost_of("$6$rounds=1000" + salt + hash86) == "$6$rounds=1000");
    CHECK(cost_of("$2b$04$" + std::string(53, 'a')) == "$2b$04");
}

TEST_CASE("what is hashed but once costs nothing", "[password_hash]") {
    CHECK(cost_of("3cb4e732631f47e6eb961f34554b7cde").empty());
    CHECK(cost_of("$6$c2FsdHNhbHQ=$" + std::string(85, 'A') + "Q==").empty());
    CHECK(cost_of("").empty());
    CHECK(cost_of("no hash").empty());
}

TEST_CASE("what is no hash takes no password (C11)", "[password_hash]") {
    for (const char* const text : {"", "secret", "$argon2id$", "*", "!", "$6$$"}) {
        INFO(text);
        CHECK_FALSE(is_password_hash(text));
        CHECK_FALSE(verify_password(text, text));
        CHECK_FALSE(verify_password(text, ""));
        CHECK(needs_rehash(text, hash_profile::argon2id));
    }
}
