#include "mqtt/byte_reader.hpp"
#include "mqtt/varint.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

constexpr std::uint32_t edges[] = {0x80, 0x4000, 0x200000, largest_varint};

void check_round_trip(std::uint32_t value) {
    std::string out;
    append_varint(out, value);
    const varint read = read_varint(out + "more");
    const bool same = read.outcome == varint::reading::whole && read.value == value &&
                      read.size == out.size() && varint_size(value) == out.size() &&
                      out == varint_bytes(value);
    if (!same) {
        FAIL("value " << value);
    }
}

}  // namespace

TEST_CASE("a variable byte integer is written in its shortest form [MQTT-1.5.5-1]", "[varint]") {
    for (std::uint32_t value = 0; value < 70'000; ++value) {
        check_round_trip(value);
    }
    for (const std::uint32_t edge : edges) {
        for (std::uint32_t value = edge - 300; value < edge + 300 && value <= largest_varint;
             ++value) {
            check_round_trip(value);
        }
    }
    std::mt19937 random(7);
    std::uniform_int_distribution<std::uint32_t> any(0, largest_varint);
    for (int i = 0; i < 20'000; ++i) {
        check_round_trip(any(random));
    }
}

TEST_CASE("the examples of table 1-1 are read as the standard says", "[varint]") {
    CHECK(read_varint(bytes({0x00})).value == 0);
    CHECK(read_varint(bytes({0x7f})).value == 127);
    CHECK(read_varint(bytes({0x80, 0x01})).value == 128);
    CHECK(read_varint(bytes({0xff, 0x7f})).value == 16'383);
    CHECK(read_varint(bytes({0x80, 0x80, 0x01})).value == 16'384);
    CHECK(read_varint(bytes({0xff, 0xff, 0x7f})).value == 2'097'151);
    CHECK(read_varint(bytes({0x80, 0x80, 0x80, 0x01})).value == 2'097'152);
    CHECK(read_varint(bytes({0xff, 0xff, 0xff, 0x7f})).value == 268'435'455);
}

TEST_CASE("a variable byte integer that has not wholly arrived is incomplete", "[varint]") {
    for (const auto& part :
         {bytes({}), bytes({0x80}), bytes({0xff, 0xff}), bytes({0x80, 0x80, 0x80})}) {
        CHECK(read_varint(part).outcome == varint::reading::incomplete);
    }
}

TEST_CASE("a variable byte integer of five bytes is malformed [MQTT-1.5.5-1]", "[varint]") {
    for (const unsigned fifth : {0x00U, 0x01U, 0x7fU, 0x80U, 0xffU}) {
        CHECK(
            read_varint(bytes({0x80, 0x80, 0x80, 0x80, fifth})).outcome ==
            varint::reading::malformed
        );
    }
    // Four continuation bytes are enough to know.
    CHECK(read_varint(bytes({0xff, 0xff, 0xff, 0xff})).outcome == varint::reading::malformed);
}

TEST_CASE(
    "a variable byte integer longer than it need be is malformed [MQTT-1.5.5-1]", "[varint]"
) {
    for (unsigned low = 0x80; low <= 0xff; ++low) {
        CHECK(read_varint(bytes({low, 0x00})).outcome == varint::reading::malformed);
        CHECK(read_varint(bytes({low, 0x80, 0x00})).outcome == varint::reading::malformed);
        CHECK(read_varint(bytes({low, 0x80, 0x80, 0x00})).outcome == varint::reading::malformed);
    }
}

TEST_CASE("reading past the end fails once and gives zeros from then on", "[byte_reader]") {
    const std::string three = bytes({1, 2, 3});
    byte_reader reader(three);
    CHECK(reader.u32() == 0x01020300);
    CHECK(reader.failed());
    CHECK(reader.at_end());
    CHECK(reader.u8() == 0);
    CHECK(reader.variable() == 0);
    CHECK(reader.prefixed().empty());
    CHECK(reader.take_rest().empty());
}

TEST_CASE("a text whose length says more than there is fails and takes nothing", "[byte_reader]") {
    const std::string text = prefixed("abc");
    byte_reader whole(text);
    CHECK(whole.prefixed() == "abc");
    CHECK_FALSE(whole.failed());
    byte_reader cut(byte_view(text).substr(0, text.size() - 1));
    CHECK(cut.prefixed().empty());
    CHECK(cut.failed());
}
