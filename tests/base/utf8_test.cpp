#include "base/utf8.hpp"

#include <catch2/catch.hpp>

#include <initializer_list>
#include <random>
#include <string>

using namespace lmqtt::base;

namespace {

std::string bytes(std::initializer_list<unsigned> values) {
    std::string out;
    for (const unsigned value : values) {
        out.push_back(static_cast<char>(value));
    }
    return out;
}

bool between(std::uint8_t byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
}

// Table 3-7 of the Unicode standard, row by row: how long the well-formed sequence at `at` is, 0 if
// there is none. U+0000 is well-formed there and forbidden by MQTT.
std::size_t well_formed_at(std::string_view text, std::size_t at) {
    struct row {
        unsigned first_low, first_high, second_low, second_high;
        std::size_t size;
    };

    constexpr row rows[] = {
        {0x01, 0x7f, 0, 0, 1},
        {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    const auto byte = [&](std::size_t ahead) {
        return static_cast<std::uint8_t>(text[at + ahead]);
    };
    for (const row& each : rows) {
        if (!between(byte(0), each.first_low, each.first_high)) {
            continue;
        }
        if (text.size() - at < each.size) {
            return 0;
        }
        bool good = each.size == 1 || between(byte(1), each.second_low, each.second_high);
        for (std::size_t ahead = 2; ahead < each.size; ++ahead) {
            good = good && between(byte(ahead), 0x80, 0xbf);
        }
        return good ? each.size : 0;
    }
    return 0;
}

bool naive(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = well_formed_at(text, at);
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

void check_same(std::string_view text) {
    if (is_utf8_string(text) != naive(text)) {
        std::string shown;
        for (const char each : text) {
            shown += std::to_string(static_cast<std::uint8_t>(each)) + ' ';
        }
        FAIL("differs for " << shown);
    }
}

std::string encoded(std::uint32_t point) {
    if (point < 0x80) {
        return bytes({point});
    }
    if (point < 0x800) {
        return bytes({0xc0U | point >> 6U, 0x80U | (point & 0x3fU)});
    }
    if (point < 0x10000) {
        return bytes({0xe0U | point >> 12U, 0x80U | (point >> 6U & 0x3fU), 0x80U | (point & 0x3fU)}
        );
    }
    return bytes(
        {0xf0U | point >> 18U,
         0x80U | (point >> 12U & 0x3fU),
         0x80U | (point >> 6U & 0x3fU),
         0x80U | (point & 0x3fU)}
    );
}

}  // namespace

TEST_CASE("the empty text and plain text are fine", "[utf8]") {
    CHECK(is_utf8_string(""));
    CHECK(is_utf8_string("a"));
    CHECK(is_utf8_string("sport/tennis/player1/#"));
}

TEST_CASE("control characters and noncharacters are allowed", "[utf8]") {
    // 1.5.4 lets a receiver refuse them; we do not, so that no topic is lost on the way.
    for (const std::uint32_t point :
         {0x01U, 0x1fU, 0x7fU, 0x80U, 0x9fU, 0xfdd0U, 0xffffU, 0x10ffffU}) {
        CHECK(is_utf8_string(encoded(point)));
    }
}

TEST_CASE("every code point is accepted except surrogates and U+0000 [MQTT-1.5.4-1]", "[utf8]") {
    for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
        const bool surrogate = point >= 0xd800 && point <= 0xdfff;
        if (is_utf8_string(encoded(point)) != (point != 0 && !surrogate)) {
            FAIL("code point " << point);
        }
    }
}

TEST_CASE("code points above U+10FFFF are refused [MQTT-1.5.4-1]", "[utf8]") {
    for (std::uint32_t point = 0x110000; point <= 0x1fffff; point += 0xfff) {
        CHECK_FALSE(is_utf8_string(encoded(point)));
    }
    CHECK_FALSE(is_utf8_string(bytes({0xf4, 0x90, 0x80, 0x80})));
    CHECK_FALSE(is_utf8_string(bytes({0xf8, 0x88, 0x80, 0x80, 0x80})));
    CHECK_FALSE(is_utf8_string(bytes({0xfc, 0x84, 0x80, 0x80, 0x80, 0x80})));
}

TEST_CASE("surrogates are refused, in pairs too [MQTT-1.5.4-1]", "[utf8]") {
    CHECK_FALSE(is_utf8_string(bytes({0xed, 0xa0, 0x80})));
    CHECK_FALSE(is_utf8_string(bytes({0xed, 0xbf, 0xbf})));
    CHECK_FALSE(is_utf8_string(bytes({0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80})));
    CHECK(is_utf8_string(bytes({0xed, 0x9f, 0xbf})));
    CHECK(is_utf8_string(bytes({0xee, 0x80, 0x80})));
}

TEST_CASE("longer encodings than needed are refused [MQTT-1.5.4-1]", "[utf8]") {
    CHECK_FALSE(is_utf8_string(bytes({0xc0, 0x80})));
    CHECK_FALSE(is_utf8_string(bytes({0xc0, 0xaf})));
    CHECK_FALSE(is_utf8_string(bytes({0xc1, 0xbf})));
    CHECK_FALSE(is_utf8_string(bytes({0xe0, 0x80, 0xaf})));
    CHECK_FALSE(is_utf8_string(bytes({0xe0, 0x9f, 0xbf})));
    CHECK_FALSE(is_utf8_string(bytes({0xf0, 0x80, 0x80, 0xaf})));
    CHECK_FALSE(is_utf8_string(bytes({0xf0, 0x8f, 0xbf, 0xbf})));
}

TEST_CASE("U+0000 is refused wherever it stands [MQTT-1.5.4-2]", "[utf8]") {
    for (std::size_t size = 1; size <= 40; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'x');
            text[at] = '\0';
            CHECK_FALSE(is_utf8_string(text));
        }
    }
}

TEST_CASE("a byte order mark is a character like others [MQTT-1.5.4-3]", "[utf8]") {
    const std::string mark = bytes({0xef, 0xbb, 0xbf});
    CHECK(is_utf8_string(mark));
    CHECK(is_utf8_string(mark + "topic"));
    CHECK(is_utf8_string("to" + mark + "pic"));
}

TEST_CASE("each pair of bytes is judged as the Unicode table says [MQTT-1.5.4-1]", "[utf8]") {
    for (unsigned first = 0; first < 256; ++first) {
        check_same(bytes({first}));
        for (unsigned second = 0; second < 256; ++second) {
            check_same(bytes({first, second}));
        }
    }
}

TEST_CASE("each lead byte is judged with all kinds of followers [MQTT-1.5.4-1]", "[utf8]") {
    constexpr unsigned kinds[] = {
        0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf4, 0xff};
    for (unsigned lead = 0x80; lead < 256; ++lead) {
        for (const unsigned second : kinds) {
            for (const unsigned third : kinds) {
                check_same(bytes({lead, second, third}));
                for (const unsigned fourth : kinds) {
                    check_same(bytes({lead, second, third, fourth}));
                }
            }
        }
    }
}

TEST_CASE("a text is judged alike at every place in a word [MQTT-1.5.4-1]", "[utf8]") {
    const std::string specimens[] = {
        encoded(0xe9),
        encoded(0x20ac),
        encoded(0x1f600),
        bytes({0x00}),
        bytes({0x80}),
        bytes({0xc0, 0x80}),
        bytes({0xed, 0xa0, 0x80}),
        bytes({0xe2, 0x82}),
        bytes({0xf0, 0x9f, 0x98}),
        bytes({0xff}),
    };
    for (const auto& specimen : specimens) {
        for (std::size_t alignment = 0; alignment < 8; ++alignment) {
            for (std::size_t before = 0; before <= 17; ++before) {
                for (std::size_t after = 0; after <= 17; ++after) {
                    const std::string held = std::string(alignment, 'a') +
                                             std::string(before, 'b') + specimen +
                                             std::string(after, 'c');
                    check_same(std::string_view(held).substr(alignment));
                }
            }
        }
    }
}

TEST_CASE("random texts, broken at random, are judged as the Unicode table says", "[utf8]") {
    std::mt19937 random(11);
    const auto below = [&](std::uint32_t end) {
        return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(random);
    };
    constexpr std::uint32_t ends[] = {0x80, 0x80, 0x80, 0x800, 0x10000, 0x110000};
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (std::uint32_t left = below(24); left > 0; --left) {
            text += encoded(below(ends[below(6)]));
        }
        if (!text.empty() && below(2) == 0) {
            text[below(static_cast<std::uint32_t>(text.size()))] = static_cast<char>(below(256));
        }
        check_same(text);
    }
}

TEST_CASE("a text that is not for MQTT may hold U+0000, and is UTF-8 if all of it is", "[utf8]") {
    using namespace std::string_view_literals;
    CHECK(is_utf8(""));
    CHECK(is_utf8("\0\xc2\xb5@\xc3\x9f\xe2\x82\xac\xf0\x9d\x84\x9e"sv));
    CHECK_FALSE(is_utf8("\xce\xba\xed\xa0\x80"));
    CHECK_FALSE(is_utf8("good until \xe2\x82"));
}
