#include "mqtt/framer.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

reason_code refusal_of(std::string_view input, const frame_limits& limits = no_limit) {
    const auto result = next_frame(input, limits);
    REQUIRE_FALSE(result.has_value());
    return result.error().code;
}

bool waits(std::string_view input, const frame_limits& limits = no_limit) {
    const auto result = next_frame(input, limits);
    return result && !*result;
}

// Table 2-2 of MQTT 5.0 and 3.3.1, in words of its own.
bool legal_flags(unsigned type, unsigned flags, protocol_version version) {
    if (type == 3) {
        const bool dup = flags >= 8;
        const unsigned quality = flags / 2 % 4;
        return quality < 3 && (!dup || quality > 0);
    }
    const bool request = type == 6 || type == 8 || type == 10;
    const bool repeated = request && version == protocol_version::v3_1 && flags == 10;
    return repeated || flags == (request ? 2U : 0U);
}

// The shortest body a packet of this type can have.
unsigned shortest(unsigned type) {
    return type >= 12 ? 0 : 2;
}

}  // namespace

TEST_CASE("a frame is cut off the front and says where its parts lie", "[framer]") {
    const std::string input = packet_bytes(0x33, "abc") + "rest";
    byte_view rest = input;
    const auto found = next_frame(rest, no_limit);
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    CHECK((*found)->type == packet_type::publish);
    CHECK((*found)->flags == 3);
    CHECK((*found)->body == "abc");
    CHECK((*found)->whole == byte_view(input).substr(0, 5));
    CHECK((*found)->body.data() == input.data() + 2);
    CHECK(rest == "rest");
}

TEST_CASE("frames that arrived together come out one by one", "[framer]") {
    const std::string input =
        bytes({0xc0, 0x00, 0xd0, 0x00}) + packet_bytes(packet_type::puback, bytes({0, 7}));
    byte_view rest = input;
    CHECK((*next_frame(rest, no_limit))->type == packet_type::pingreq);
    CHECK((*next_frame(rest, no_limit))->type == packet_type::pingresp);
    CHECK((*next_frame(rest, no_limit))->type == packet_type::puback);
    CHECK(rest.empty());
    CHECK_FALSE(next_frame(rest, no_limit)->has_value());
}

TEST_CASE("a packet cut anywhere is waited for, and nothing is taken", "[framer]") {
    const std::string whole = packet_bytes(packet_type::publish, std::string(20'000, 'p'));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        byte_view input = byte_view(whole).substr(0, size);
        const auto result = next_frame(input, no_limit);
        if (!result || *result || input.size() != size) {
            FAIL("after " << size << " bytes");
        }
    }
}

TEST_CASE(
    "flags other than those of the packet type are malformed [MQTT-2.1.3-1] [MQTT-3.6.1-1] "
    "[MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1] [MQTT311-2.2.2-2]",
    "[framer]"
) {
    for (const protocol_version version : every_version) {
        const frame_limits limits{.maximum_packet_size = 100, .version = version};
        for (unsigned type = 1; type <= 15; ++type) {
            for (unsigned flags = 0; flags < 16; ++flags) {
                INFO("type " << type << " flags " << flags);
                const std::string input = bytes({type << 4U | flags, shortest(type)});
                byte_view rest = input;
                const auto result = next_frame(rest, limits);
                CHECK(result.has_value() == legal_flags(type, flags, version));
                CHECK((result || result.error().code == reason_code::malformed_packet));
            }
        }
    }
}

TEST_CASE("requests repeated with DUP are those of 3.1 alone [MQTT31]", "[framer]") {
    const frame_limits old{.maximum_packet_size = 100, .version = protocol_version::v3_1};
    for (const unsigned first : {0x6aU, 0x8aU, 0xaaU}) {
        CHECK(waits(bytes({first, 5}), old));
        CHECK(refusal_of(bytes({first, 5})) == reason_code::malformed_packet);
    }
}

TEST_CASE("a length that no packet of the type can have is refused before the body", "[framer]") {
    for (unsigned type = 1; type <= 15; ++type) {
        const unsigned first = type << 4U | usual_flags(static_cast<packet_type>(type));
        for (unsigned length = 0; length < shortest(type); ++length) {
            CHECK(refusal_of(bytes({first, length})) == reason_code::malformed_packet);
        }
    }
}

TEST_CASE("a ping with a body is malformed [MQTT-3.12.4-1]", "[framer]") {
    CHECK(refusal_of(bytes({0xc0, 1})) == reason_code::malformed_packet);
    CHECK(refusal_of(bytes({0xd0, 0x80, 0x01})) == reason_code::malformed_packet);
}

TEST_CASE("a PUBLISH with QoS 3 is malformed [MQTT-3.3.1-4]", "[framer]") {
    for (const unsigned flags : {0x6U, 0x7U, 0xeU, 0xfU}) {
        CHECK(refusal_of(bytes({0x30U | flags, 0})) == reason_code::malformed_packet);
    }
}

TEST_CASE("a PUBLISH with QoS 0 and DUP is malformed [MQTT-3.3.1-2]", "[framer]") {
    CHECK(refusal_of(bytes({0x38, 0})) == reason_code::malformed_packet);
    CHECK(refusal_of(bytes({0x39, 0})) == reason_code::malformed_packet);
}

TEST_CASE("packet type 0 is malformed [X-TYPE-1]", "[framer]") {
    for (unsigned flags = 0; flags < 16; ++flags) {
        CHECK(refusal_of(bytes({flags})) == reason_code::malformed_packet);
    }
}

TEST_CASE("a wrong first byte is refused before anything follows it", "[framer]") {
    CHECK(refusal_of(bytes({0x11})) == reason_code::malformed_packet);
    CHECK(refusal_of(bytes({0x80})) == reason_code::malformed_packet);
}

TEST_CASE(
    "a remaining length of five bytes, or overlong, is malformed [MQTT-1.5.5-1]", "[framer]"
) {
    CHECK(refusal_of(bytes({0x30, 0x80, 0x80, 0x80, 0x80})) == reason_code::malformed_packet);
    CHECK(refusal_of(bytes({0x30, 0xff, 0xff, 0xff, 0xff, 0x01})) == reason_code::malformed_packet);
    CHECK(refusal_of(bytes({0xc0, 0x80, 0x00})) == reason_code::malformed_packet);
}

TEST_CASE("the largest remaining length there is can be announced", "[framer]") {
    CHECK(waits(bytes({0x30, 0xff, 0xff, 0xff, 0x7f})));
}

TEST_CASE(
    "a packet above the limit is refused before its body arrives [MQTT-3.2.2-15]", "[framer]"
) {
    for (const std::size_t body : {2U, 127U, 128U, 16'383U, 16'384U}) {
        const std::string whole = packet_bytes(packet_type::publish, std::string(body, 'p'));
        const std::string head = whole.substr(0, whole.size() - body);
        INFO("body of " << body);
        CHECK(
            refusal_of(head, {.maximum_packet_size = whole.size() - 1}) ==
            reason_code::packet_too_large
        );
        byte_view fits = whole;
        const auto result = next_frame(fits, {.maximum_packet_size = whole.size()});
        REQUIRE(result.has_value());
        CHECK((*result)->body.size() == body);
    }
}

TEST_CASE(
    "only CONNECT is welcome at first, and others not even by their length [MQTT-3.1.0-1]",
    "[framer]"
) {
    const frame_limits first{.maximum_packet_size = 1000, .only_connect = true};
    CHECK(waits(bytes({0x10, 0x20}), first));
    for (unsigned type = 2; type <= 15; ++type) {
        const unsigned flags = usual_flags(static_cast<packet_type>(type));
        CHECK(refusal_of(bytes({type << 4U | flags}), first) == reason_code::protocol_error);
        CHECK(
            refusal_of(bytes({type << 4U | flags, 0xff, 0xff, 0xff, 0x7f}), first) ==
            reason_code::protocol_error
        );
    }
}
