#include "config/suggest.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using lmqtt::config_file::nearest;

namespace {

constexpr std::array<std::string_view, 4> words = {"max_inflight", "maximum_qos", "level", "qos"};

}  // namespace

TEST_CASE("a mistyped word is recognised by a letter missing, added, changed or swapped") {
    CHECK(nearest("max_inflght", words) == "max_inflight");
    CHECK(nearest("max_infflight", words) == "max_inflight");
    CHECK(nearest("max_imflight", words) == "max_inflight");
    CHECK(nearest("max_infilght", words) == "max_inflight");
    CHECK(nearest("leevl", words) == "level");
    CHECK(nearest("maximm_qs", words) == "maximum_qos");
}

TEST_CASE("nothing is suggested for a word that resembles none") {
    CHECK_FALSE(nearest("tls", words));
    CHECK_FALSE(nearest("", words));
    CHECK_FALSE(nearest("completely_different", words));
    CHECK_FALSE(nearest("level", {}));
}

TEST_CASE("a very long word costs nothing") {
    CHECK_FALSE(nearest(std::string(1'000'000, 'l'), words));
}
