#include "accounts/foreign_hash.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt::accounts;

namespace {

struct known {
    foreign_scheme scheme;
    const char* stored;  // of "correct horse"
};

using enum foreign_scheme;

// By mosquitto_passwd of mosquitto 2.0.11, and by Python's hashlib and crypt.
constexpr known all_known[] = {
    {mosquitto_pbkdf2,
     "$7$101$e0+YbP+NjwrvrYNO$pCWJeNyuqoLASI3i4ZGtCqkU1IYFxylTGi7f5WSe0MdlP9RPFsbg6/"
     "fkqp4EkR7rUkrF9udc0JQvIiZ5K/px2g=="},
    {mosquitto_sha512,
     "$6$LiTJ4biJJ4lONVip$H4Mr42S4WEgqYDpoBci6SmNjY+UWMHdfoH38bRdJYUypIZjLNhphNegzufZhFMZxb9BMT75l9"
     "FLMxufxfJaa8A=="},
    {mosquitto_sha512,
     "$6$dHdlbHZlIGJ5dGVz$YYM06ssfmQH9NV69YjPqpNXGPKzgBzqazj7DavYb1aEG8UUkAToyJ8azRLUtfRmNtHCy4Ojw0"
     "B8kg4wPIp/p0Q=="},
    {mosquitto_pbkdf2,
     "$7$210000$dHdlbHZlIGJ5dGVz$FZLIZwuzAaePbEkqmnv8BqiP/bda7+"
     "f0fJkg2Av9PmYuIFnzJ0wsC6G7AU6wxmdx1/D5TTgZ/s9iIPMBJDpzkA=="},
    {sha512_crypt,
     "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/"
     "uamSo5z0"},
    {sha512_crypt,
     "$6$rounds=1000$saltsalt$4GMtaIz3E1AdDi2SmCokEW0ehi."
     "HdxNDcL3fGE1XXuzvo6kbx7UOloZKONqEk5H3JrQA4NOfU8BmqFPrpGqwA1"},
    {bcrypt, "$2b$04$BZxAIfeI9deI9skyrxsS2O.IC3hCRaz5b0VKmqQ4aT50IxVLziiYu"},
    {bcrypt, "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"},
    {bcrypt, "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"},
    {md5, "3cb4e732631f47e6eb961f34554b7cde"},
    {md5, "3CB4E732631F47E6EB961F34554B7CDE"},
    {sha256, "4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631"},
};

// The lengths that a text of a scheme has to have.
const std::string hash86(86, 'a');
const std::string hash88 = std::string(85, 'A') + "Q==";

}  // namespace

TEST_CASE("what other programs stored is recognized, and checked", "[foreign_hash]") {
    for (const known& each : all_known) {
        INFO(each.stored);
        CHECK(foreign_scheme_of(each.stored) == each.scheme);
        CHECK(verify_foreign(each.stored, "correct horse"));
        CHECK_FALSE(verify_foreign(each.stored, "correct horsE"));
        CHECK_FALSE(verify_foreign(each.stored, ""));
        CHECK_FALSE(verify_foreign(each.stored, std::string_view("correct horse\0x", 15)));
        CHECK_FALSE(verify_foreign(each.stored, each.stored));
    }
}

TEST_CASE("a hash with something missing or added is none", "[foreign_hash]") {
    for (const known& each : all_known) {
        const std::string text = each.stored;
        INFO(text);
        CHECK_FALSE(foreign_scheme_of(text.substr(1)));
        CHECK_FALSE(foreign_scheme_of(text.substr(0, text.size() - 1)));
        CHECK_FALSE(foreign_scheme_of(text + "a"));
        CHECK_FALSE(foreign_scheme_of(text + "$"));
        CHECK_FALSE(foreign_scheme_of(text + "\n"));
        CHECK_FALSE(verify_foreign(text.substr(0, text.size() - 1), "correct horse"));
    }
}

TEST_CASE("a hash asks for no more than we are willing to spend (B14)", "[foreign_hash]") {
    const std::string digits53(53, 'a');
    const auto pbkdf2 = [](const std::string& iterations) {
        return "$7$" + iterations + "$e0+YbP+NjwrvrYNO$" + hash88;
    };
    CHECK(foreign_scheme_of(pbkdf2("1000000")) == mosquitto_pbkdf2);
    CHECK(foreign_scheme_of("$2b$14$" + digits53) == bcrypt);
    CHECK(foreign_scheme_of("$6$rounds=1000000$salt$" + hash86) == sha512_crypt);
    for (const std::string& wrong :
         {pbkdf2("0"),
          pbkdf2("-1"),
          pbkdf2("1000001"),
          pbkdf2("4294967297"),
          pbkdf2(""),
          "$2b$15$" + digits53,
          "$2b$31$" + digits53,
          "$2b$03$" + digits53,
          "$2b$4$" + digits53,
          "$2x$05$" + digits53,
          "$6$rounds=999$salt$" + hash86,
          "$6$rounds=1000001$salt$" + hash86,
          "$6$rounds=$salt$" + hash86,
          "$6$12345678901234567$" + hash86,
          "$6$sa:t$" + hash86}) {
        INFO(wrong);
        CHECK_FALSE(foreign_scheme_of(wrong));
        CHECK_FALSE(verify_foreign(wrong, "correct horse"));
    }
}

TEST_CASE("what is no hash at all is none", "[foreign_hash]") {
    for (const char* const wrong :
         {"", "$", "$$$", "$6$", "$7$", "$7$101$$", "*", "secret", "$1$x$y"}) {
        INFO(wrong);
        CHECK_FALSE(foreign_scheme_of(wrong));
        CHECK_FALSE(verify_foreign(wrong, wrong));
    }
}
