#include "accounts/saslprep.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::accounts;

namespace {

using prepared = std::optional<std::string>;

prepared stored(std::string_view text) {
    return saslprep(text, prepared_as::stored);
}

}  // namespace

TEST_CASE("the examples of RFC 4013, 3, come out as they should", "[saslprep]") {
    CHECK(stored("I\u00adX") == "IX");  // SOFT HYPHEN is mapped to nothing
    CHECK(stored("user") == "user");
    CHECK(stored("USER") == "USER");      // case is kept
    CHECK(stored("\u00aa") == "a");       // NFKC
    CHECK(stored("\u2168") == "IX");      // NFKC
    CHECK_FALSE(stored("\x07"));          // prohibited
    CHECK_FALSE(stored("\u0627\u0031"));  // bidirectional check
}

TEST_CASE("spaces of every kind are one, and accents in one piece", "[saslprep]") {
    CHECK(stored("a\u00a0b\u3000c") == "a b c");
    CHECK(stored("e\u0301") == "\u00e9");
    CHECK(stored("Gr\u00fc\u00dfe") == "Gr\u00fc\u00dfe");
}

TEST_CASE("what is prohibited is refused (RFC 4013, 2.3)", "[saslprep]") {
    for (const char* const wrong :
         {"a\x7f",
          "a\u0085",         // control
          "a\ue000",         // private use
          "a\ufdd0",         // no character
          "a\ufffd",         // inappropriate for plain text
          "a\u2ff0",         // inappropriate for canonical representation
          "a\u200e",         // changes display properties
          "a\U000e0001"}) {  // tagging
        INFO(wrong);
        CHECK_FALSE(stored(wrong));
        CHECK_FALSE(saslprep(wrong, prepared_as::query));
    }
}

TEST_CASE("what Unicode 3.2 did not know may be looked for, not kept", "[saslprep]") {
    const std::string_view smile = "\U0001f642";
    CHECK_FALSE(stored(smile));
    CHECK(saslprep(smile, prepared_as::query) == smile);
}

TEST_CASE("nothing, and what is left of nothing, is refused", "[saslprep]") {
    using namespace std::string_view_literals;
    CHECK_FALSE(stored(""));
    CHECK_FALSE(stored("\u00ad"));
    CHECK_FALSE(stored("a\0b"sv));
}

TEST_CASE("bytes that are no UTF-8 are refused", "[saslprep]") {
    for (const char* const wrong :
         {"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
        INFO(wrong);
        CHECK_FALSE(stored(wrong));
        CHECK_FALSE(saslprep(wrong, prepared_as::query));
    }
}

TEST_CASE("what is prepared stays as it is", "[saslprep]") {
    for (const char* const text : {"I\u00adX", "\u2168", "a\u00a0b", "\u0627\u0628"}) {
        const prepared once = stored(text);
        REQUIRE(once);
        CHECK(stored(*once) == once);
    }
}
