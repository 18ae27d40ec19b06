#include "config/units.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt::config_file;

TEST_CASE("a duration is a number and a unit") {
    CHECK(parse_duration("0s") == 0);
    CHECK(parse_duration("500ms") == 500);
    CHECK(parse_duration("20s") == 20'000);
    CHECK(parse_duration("5m") == 300'000);
    CHECK(parse_duration("2h") == 7'200'000);
    CHECK(parse_duration("7d") == 604'800'000);
}

TEST_CASE("what is no duration is refused") {
    for (const char* text :
         {"",
          "s",
          "20",
          "20 s",
          " 20s",
          "20S",
          "20sec",
          "-1s",
          "+1s",
          "1.5h",
          "1h30m",
          "0x10s",
          "9223372036854775807d",
          "99999999999999999999s"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a duration is printed with the largest unit that is exact, and read back") {
    CHECK(print_duration(0) == "0s");
    CHECK(print_duration(1500) == "1500ms");
    CHECK(print_duration(20'000) == "20s");
    CHECK(print_duration(90'000) == "90s");
    CHECK(print_duration(7'200'000) == "2h");
    CHECK(print_duration(604'800'000) == "7d");
    for (const std::int64_t value : {1LL, 999LL, 61'000LL, 3'600'001LL, 86'400'000LL}) {
        CHECK(parse_duration(print_duration(value)) == value);
    }
}

TEST_CASE("a size is a number and a binary unit") {
    CHECK(parse_size("7B") == 7);
    CHECK(parse_size("64KiB") == 65'536);
    CHECK(parse_size("2MiB") == 2'097'152);
    CHECK(parse_size("1GiB") == 1'073'741'824);
    CHECK(parse_size("1TiB") == 1'099'511'627'776);
    for (const char* text :
         {"", "KiB", "64", "64 KiB", "64KB", "64K", "64kib", "-1KiB", "9999999TiB"}) {
        INFO(text);
        CHECK_FALSE(parse_size(text));
    }
}

TEST_CASE("a size is printed with a unit only if it is exact") {
    CHECK(print_size(0) == "0");
    CHECK(print_size(1000) == "1000");
    CHECK(print_size(65'536) == "64KiB");
    CHECK(print_size(2'097'152) == "2MiB");
}
