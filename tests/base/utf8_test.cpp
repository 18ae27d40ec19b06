#include "base/utf8.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt::base;
using namespace std::string_view_literals;

TEST_CASE("a character of UTF-8 is as long as its first byte says, if the others fit") {
    CHECK(utf8_character_size("\0x"sv) == 1);
    CHECK(utf8_character_size("\x7f") == 1);
    CHECK(utf8_character_size("\xc2\x80x") == 2);
    CHECK(utf8_character_size("\xe0\xa0\x80x") == 3);
    CHECK(utf8_character_size("\xef\xbf\xbf") == 3);
    CHECK(utf8_character_size("\xf4\x8f\xbf\xbf") == 4);
}

TEST_CASE("an ill-formed character of UTF-8 has no length") {
    CHECK(utf8_character_size("\x80") == 0);              // no first byte
    CHECK(utf8_character_size("\xc1\xbf") == 0);          // one byte would do
    CHECK(utf8_character_size("\xe0\x9f\xbf") == 0);      // two would do
    CHECK(utf8_character_size("\xed\xa0\x80") == 0);      // a surrogate
    CHECK(utf8_character_size("\xf4\x90\x80\x80") == 0);  // above U+10FFFF
    CHECK(utf8_character_size("\xe2\x82") == 0);          // cut off
    CHECK(utf8_character_size("\xc2x") == 0);
}

TEST_CASE("a text is UTF-8 if all of it is") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("\0\xc2\xb5@\xc3\x9f\xe2\x82\xac\xf0\x9d\x84\x9e"sv));
    CHECK_FALSE(is_utf8("\xce\xba\xed\xa0\x80"));
    CHECK_FALSE(is_utf8("good until \xe2\x82"));
}
