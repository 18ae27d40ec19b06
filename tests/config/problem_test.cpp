#include "config/problem.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace lmqtt::config_file;

TEST_CASE("a problem is a line that editors understand") {
    CHECK(to_line({{3, 7}, "bad"}, "a.toml") == "a.toml:3:7: bad");
    CHECK(to_line({{}, "missing"}, "a.toml") == "a.toml: missing");
}

TEST_CASE("text from the file cannot break or flood the message it stands in") {
    CHECK(printable("a\x1b[31m\nb\x7f") == "a?[31m?b?");
    CHECK(printable(std::string(81, 'x')) == std::string(80, 'x') + "...");
    CHECK(printable(std::string(80, 'x')) == std::string(80, 'x'));
}
