#include "accounts/argon2.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;

TEST_CASE("argon2 computes the test vectors of its authors", "[argon2]") {
    const std::string text = GENERATE(
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        "$argon2i$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"
    );
    const auto hash = parse_argon2(text);
    REQUIRE(hash);
    CHECK(to_text(*hash) == text);
    CHECK(argon2_tag(hash->terms, hash->salt, "password", 32) == hash->tag);
    CHECK(argon2_tag(hash->terms, hash->salt, "Password", 32) != hash->tag);
}

TEST_CASE("a text from before there were versions is of the first one", "[argon2]") {
    const auto hash = parse_argon2(
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"
    );
    REQUIRE(hash);
    CHECK(hash->terms.version == 16);
}

TEST_CASE("a text asks for no more than we are willing to spend (B14)", "[argon2]") {
    const auto asking = [](const std::string& costs) {
        return parse_argon2(
                   "$argon2id$v=19$" + costs +
                   "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        )
            .has_value();
    };
    CHECK(asking("m=65536,t=8,p=8"));
    CHECK(asking("m=8,t=1,p=1"));
    CHECK(asking("m=8192,t=16,p=1"));
    for (const char* const wrong :
         {"m=65537,t=1,p=1",
          "m=4294967295,t=1,p=1",
          "m=4294967296,t=1,p=1",
          "m=65536,t=9,p=1",
          "m=8,t=17,p=1",
          "m=1024,t=1,p=9",
          "m=7,t=1,p=1",
          "m=15,t=1,p=2",
          "m=0,t=1,p=1",
          "m=8,t=0,p=1",
          "m=8,t=1,p=0",
          "m=-8,t=1,p=1",
          "m=08,t=1,p=1",
          "m=8,t=1",
          "t=1,m=8,p=1",
          "m=8,t=1,p=1,p=1",
          ""}) {
        INFO(wrong);
        CHECK_FALSE(asking(wrong));
    }
}

TEST_CASE("what is no such text is refused", "[argon2]") {
    const std::string tag = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    const std::string begin = "$argon2id$v=19$m=256,t=2,p=1$";
    REQUIRE(parse_argon2(begin + "c29tZXNhbHQ$" + tag));
    for (const std::string& wrong :
         {std::string(),
          std::string("$argon2id$"),
          "$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + tag,
          "$argon2id$v=18$m=256,t=2,p=1$c29tZXNhbHQ$" + tag,
          "$argon2id$v=$m=256,t=2,p=1$c29tZXNhbHQ$" + tag,
          "x$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + tag,
          begin + "c29tZXNhbHQ$" + tag + "$",
          begin + "c29tZXNhbHQ$" + tag + "=",
          begin + "c29tZXNhbHQ$",
          begin + "$" + tag,
          begin + "c29tZXNhbA$" + tag,
          begin + "c29tZXNhbHQ$" + std::string(90, 'A')}) {
        INFO(wrong);
        CHECK_FALSE(parse_argon2(wrong));
    }
}
