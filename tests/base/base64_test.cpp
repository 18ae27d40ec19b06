#include "base/base64.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace lmqtt::base;

TEST_CASE("the examples of RFC 4648 hold both ways", "[base64]") {
    const auto [bytes, text] = GENERATE(table<std::string, std::string>({
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    }));
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
    const std::string bare = text.substr(0, text.find('='));
    CHECK(to_base64(bytes, base64_kind::unpadded) == bare);
    CHECK(from_base64(bare, base64_kind::unpadded) == bytes);
}

TEST_CASE("URLs have digits of their own", "[base64]") {
    CHECK(to_base64("\xff\xef\xbe", base64_kind::url) == "_---");
    CHECK(to_base64("\xff\xef\xbe") == "/+++");
    CHECK_FALSE(from_base64("_---"));
    CHECK_FALSE(from_base64("/+++", base64_kind::url));
}

TEST_CASE("what is not the one text of some bytes is refused", "[base64]") {
    for (const char* const wrong :
         {"Z",
          "Zg",
          "Zg=",
          "Zg===",
          "Zh==",
          "Zm9=",
          "Zm9v====",
          "Z g=",
          "Zm9v\n",
          "=",
          "====",
          "Zg==Zg=="}) {
        INFO(wrong);
        CHECK_FALSE(from_base64(wrong));
    }
    for (const char* const wrong : {"Z", "Zh", "Zm9vY", "Zg=="}) {
        INFO(wrong);
        CHECK_FALSE(from_base64(wrong, base64_kind::unpadded));
        CHECK_FALSE(from_base64(wrong, base64_kind::url));
    }
}

TEST_CASE("whatever the bytes, they come back", "[base64]") {
    std::mt19937 random(4648);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 70, '\0');
        for (char& byte : bytes) {
            byte = static_cast<char>(random() & 0xff);
        }
        for (const auto kind : {base64_kind::padded, base64_kind::unpadded, base64_kind::url}) {
            REQUIRE(from_base64(to_base64(bytes, kind), kind) == bytes);
        }
    }
}
