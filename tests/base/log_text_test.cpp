#include "base/log_text.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <random>
#include <string>

using namespace std::chrono_literals;
using namespace std::string_literals;
using lmqtt::log_level;
using lmqtt::base::json_line;
using lmqtt::base::log_field;
using lmqtt::base::log_line;
using lmqtt::base::text_line;

namespace {

constexpr lmqtt::base::wall_time
    at(std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + 4h + 5min + 6s + 7ms);

std::string text_of(std::string_view value) {
    const std::string line = text_line({at, log_level::warn, "client", "refused", {{"id", value}}});
    const std::string before = "2026-02-03T04:05:06.007Z warn client: refused id=";
    REQUIRE(line.starts_with(before));
    return line.substr(before.size());
}

std::string json_of(std::string_view value) {
    const std::string line = json_line({at, log_level::warn, "client", "refused", {{"id", value}}});
    const std::string before =
        R"({"time":"2026-02-03T04:05:06.007Z","level":"warn","room":"client",)"
        R"("event":"refused","id":)";
    REQUIRE(line.starts_with(before));
    REQUIRE(line.ends_with("}"));
    return line.substr(before.size(), line.size() - before.size() - 1);
}

// From quote to quote, without a control character or a quote that is not escaped.
bool is_one_quoted_word(std::string_view shown) {
    if (shown.size() < 2 || !shown.starts_with('"') || !shown.ends_with('"')) {
        return false;
    }
    shown = shown.substr(1, shown.size() - 2);
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto c = static_cast<unsigned char>(shown[i]);
        if (c < 0x20 || c == 0x7F || c == '"') {
            return false;
        }
        if (c == '\\') {
            ++i;
            if (i == shown.size() ||
                std::string_view("nrtu\"\\").find(shown[i]) == std::string_view::npos) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

TEST_CASE("a text line names time, level, room and event, then the fields") {
    const std::string name = "sensor-1";
    const log_line line{
        at,
        log_level::info,
        "broker",
        "attached",
        {{"client", name},
         {"clean_start", true},
         {"keep_alive", std::uint16_t{60}},
         {"difference", -7},
         {"load", 0.5},
         {"topic", "a b"}},
    };
    CHECK(
        text_line(line) == "2026-02-03T04:05:06.007Z info broker: attached client=sensor-1 "
                           "clean_start=true keep_alive=60 difference=-7 load=0.5 topic=\"a b\""
    );
}

TEST_CASE("a JSON line keeps the types of its fields") {
    const log_line line{
        at,
        log_level::error,
        "store",
        "commit failed",
        {{"flag", false},
         {"big", std::numeric_limits<std::uint64_t>::max()},
         {"small", std::numeric_limits<std::int64_t>::min()},
         {"ratio", 1.5},
         {"nothing", std::numeric_limits<double>::quiet_NaN()},
         {"text", "x"}},
    };
    CHECK(
        json_line(line) == R"({"time":"2026-02-03T04:05:06.007Z","level":"error","room":"store",)"
                           R"("event":"commit failed","flag":false,"big":18446744073709551615,)"
                           R"("small":-9223372036854775808,"ratio":1.5,"nothing":null,"text":"x"})"
    );
}

TEST_CASE("every level has its name") {
    CHECK(lmqtt::base::name_of(log_level::trace) == "trace");
    CHECK(lmqtt::base::name_of(log_level::debug) == "debug");
    CHECK(lmqtt::base::name_of(log_level::info) == "info");
    CHECK(lmqtt::base::name_of(log_level::warn) == "warn");
    CHECK(lmqtt::base::name_of(log_level::error) == "error");
}

TEST_CASE("text that could be taken for something else is quoted") {
    CHECK(text_of("plain_Word-1.2:3/4") == "plain_Word-1.2:3/4");
    CHECK(text_of("") == R"("")");
    CHECK(text_of("two words") == R"("two words")");
    CHECK(text_of("a=b") == R"("a=b")");
    CHECK(text_of("grüße") == R"("grüße")");
    CHECK(text_of(R"(say "hi" \ now)") == R"("say \"hi\" \\ now")");
}

TEST_CASE("line breaks, controls and terminal sequences are escaped") {
    const auto check = [](std::string_view value, std::string_view shown) {
        CHECK(text_of(value) == shown);
        CHECK(json_of(value) == shown);
    };
    check("a\nb\r\tc", R"("a\nb\r\tc")");
    check("\x1b[31mred\x7f", R"("\u001b[31mred\u007f")");
    check("nul\0!"s, R"("nul\u0000!")");
    check(
        "\xc2\x9b"
        "C1",
        R"("\u009bC1")"
    );
    check("line\xe2\x80\xa8paragraph\xe2\x80\xa9", R"("line\u2028paragraph\u2029")");
    check("\xe2\x80\xaetfel", R"("\u202etfel")");
    check("\xf3\xa0\x81\x81tag", R"("\udb40\udc41tag")");
}

TEST_CASE("bytes that are not UTF-8 are shown as replacement characters") {
    CHECK(json_of("\xff") == R"("\ufffd")");
    CHECK(json_of("\xc3") == R"("\ufffd")");
    CHECK(json_of("\xc3(") == R"("\ufffd(")");
    CHECK(json_of("\xc0\xaf") == R"("\ufffd\ufffd")");
    CHECK(json_of("\xe0\x80\x80") == R"("\ufffd\ufffd\ufffd")");
    CHECK(json_of("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");
    CHECK(json_of("\xf4\x90\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")");
    CHECK(json_of("\xf0\x9f\xa6\x80") == "\"\xf0\x9f\xa6\x80\"");
}

TEST_CASE("a long text is cut, and not through a character") {
    const std::string long_text(2000, 'x');
    CHECK(text_of(long_text) == "\"" + std::string(512, 'x') + "...\"");
    const std::string umlauts = "x" + [] {
        std::string text;
        for (int i = 0; i < 1000; ++i) {
            text += "\xc3\xbc";
        }
        return text;
    }();
    CHECK(json_of(umlauts) == "\"" + umlauts.substr(0, 511) + "...\"");
    CHECK(json_of(std::string(513, '\x80')).size() > 512);
    CHECK(text_of(std::string(512, 'y')) == std::string(512, 'y'));
}

TEST_CASE("whatever bytes a field holds, the line is one line of text with closed quotes") {
    std::mt19937 random(7);
    for (int round = 0; round < 5000; ++round) {
        std::string value(random() % 40, '\0');
        for (char& c : value) {
            c = static_cast<char>(random());
        }
        CAPTURE(round);
        REQUIRE(is_one_quoted_word(json_of(value)));
        REQUIRE(is_one_quoted_word(json_of(value + "\\")));
    }
}
