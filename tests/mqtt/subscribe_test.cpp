#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

constexpr auto v5 = protocol_version::v5_0;
constexpr protocol_version old_versions[] = {protocol_version::v3_1, protocol_version::v3_1_1};

unsigned subscribe_refusal(std::string_view body, protocol_version version = v5) {
    return failure_of(decode_subscribe(lone_frame(packet_type::subscribe, body), version));
}

unsigned unsubscribe_refusal(std::string_view body, protocol_version version = v5) {
    return failure_of(decode_unsubscribe(lone_frame(packet_type::unsubscribe, body), version));
}

}  // namespace

TEST_CASE("a SUBSCRIBE is read filter by filter, in order", "[subscribe]") {
    const lone_frame frame(
        packet_type::subscribe, hex("12 34 03 0b 80 01 00 01 '#' 00 00 03 'a/+' 2e")
    );
    const auto packet = decode_subscribe(frame, v5).value();
    CHECK(packet.packet_id == 0x1234);
    CHECK(packet.properties[prop::subscription_identifier] == 128U);
    REQUIRE(packet.filters.size() == 2);
    CHECK(packet.filters[0].topic_filter == "#");
    CHECK(packet.filters[0].options == subscription_options{});
    CHECK(packet.filters[1].topic_filter == "a/+");
    CHECK(packet.filters[1].options == subscription_options{qos::exactly_once, true, true, 2});
}

TEST_CASE("all option bytes are judged as 3.8.3.1 says [MQTT-3.8.3-5] [X-SUB-1]", "[subscribe]") {
    for (unsigned bits = 0; bits < 256; ++bits) {
        INFO("options " << bits);
        const unsigned expected = bits >= 0x40 || bits % 4 == 3 ? malformed_code
                                  : bits >= 0x30                ? protocol_error_code
                                                                : 0;
        CHECK(subscribe_refusal(hex("00 01 00 00 01 'a'") + bytes({bits})) == expected);
        for (const protocol_version version : old_versions) {
            const unsigned old = bits <= 2 ? 0 : malformed_code;
            CHECK(subscribe_refusal(hex("00 01 00 01 'a'") + bytes({bits}), version) == old);
        }
    }
}

TEST_CASE("a SUBSCRIBE has at least one filter [MQTT-3.8.3-2]", "[subscribe]") {
    CHECK(subscribe_refusal(hex("00 01 00")) == protocol_error_code);
    CHECK(subscribe_refusal(hex("00 01"), protocol_version::v3_1_1) == protocol_error_code);
}

TEST_CASE("a filter without its options is malformed [MQTT-3.8.3-2]", "[subscribe]") {
    CHECK(subscribe_refusal(hex("00 01 00 00 01 'a'")) == malformed_code);
    CHECK(subscribe_refusal(hex("00 01 00 00 01 'a' 00 00 01 'b'")) == malformed_code);
    CHECK(subscribe_refusal(hex("00 01 00 00 09 'a'")) == malformed_code);
}

TEST_CASE("a filter is valid UTF-8 [MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-4.7.3-2]", "[subscribe]") {
    for (const std::string_view bad : {"00 01 ff", "00 02 c0 80", "00 03 'a' 00 'b'"}) {
        CHECK(subscribe_refusal(hex("00 01 00") + hex(bad) + hex("00")) == malformed_code);
        CHECK(unsubscribe_refusal(hex("00 01 00") + hex(bad)) == malformed_code);
        for (const protocol_version version : old_versions) {
            CHECK(
                subscribe_refusal(hex("00 01") + hex(bad) + hex("00"), version) == malformed_code
            );
            CHECK(unsubscribe_refusal(hex("00 01") + hex(bad), version) == malformed_code);
        }
    }
}

TEST_CASE(
    "requests of packet identifier 0 are protocol errors [MQTT-2.2.1-3] [MQTT311-2.3.1-1]",
    "[subscribe]"
) {
    CHECK(subscribe_refusal(hex("00 00 00 00 01 'a' 00")) == protocol_error_code);
    CHECK(unsubscribe_refusal(hex("00 00 00 00 01 'a'")) == protocol_error_code);
    for (const protocol_version version : old_versions) {
        CHECK(subscribe_refusal(hex("00 00 00 01 'a' 00"), version) == protocol_error_code);
        CHECK(unsubscribe_refusal(hex("00 00 00 01 'a'"), version) == protocol_error_code);
    }
}

TEST_CASE("more filters than the limit are refused", "[subscribe]") {
    const lone_frame asks(packet_type::subscribe, hex("00 01 00 00 01 'a' 00 00 01 'b' 00"));
    CHECK(decode_subscribe(asks, v5, {.maximum_filters = 2}).has_value());
    CHECK(failure_of(decode_subscribe(asks, v5, {.maximum_filters = 1})) == 0x97);
    const lone_frame leaves(packet_type::unsubscribe, hex("00 01 00 00 01 'a' 00 01 'b'"));
    CHECK(decode_unsubscribe(leaves, v5, {.maximum_filters = 2}).has_value());
    CHECK(failure_of(decode_unsubscribe(leaves, v5, {.maximum_filters = 1})) == 0x97);
}

TEST_CASE("one SUBSCRIBE has one subscription identifier [X-PROP-2]", "[subscribe]") {
    CHECK(subscribe_refusal(hex("00 01 04 0b 01 0b 02 00 01 'a' 00")) == protocol_error_code);
}

TEST_CASE("an UNSUBSCRIBE is read filter by filter, in order", "[subscribe]") {
    const lone_frame frame(packet_type::unsubscribe, hex("00 07 00 00 01 '#' 00 03 'a/+'"));
    const auto packet = decode_unsubscribe(frame, v5).value();
    CHECK(packet.packet_id == 7);
    CHECK(packet.filters == std::vector<std::string_view>{"#", "a/+"});
}

TEST_CASE("an UNSUBSCRIBE has at least one filter [MQTT-3.10.3-2]", "[subscribe]") {
    CHECK(unsubscribe_refusal(hex("00 01 00")) == protocol_error_code);
    CHECK(unsubscribe_refusal(hex("00 01"), protocol_version::v3_1) == protocol_error_code);
}

TEST_CASE(
    "a SUBACK tells for each filter in order [MQTT-3.8.4-6] [MQTT-3.9.3-1] [MQTT-2.2.1-6]",
    "[subscribe]"
) {
    const suback_packet packet{
        0x1234,
        {},
        {reason_code::granted_qos_2, reason_code::not_authorized, reason_code::granted_qos_0}};
    std::string out;
    encode(out, packet, v5);
    CHECK(out == hex("90 06 12 34 00 02 87 00"));
    const auto read = decode_suback(lone_frame(out), v5).value();
    CHECK(read.packet_id == 0x1234);
    CHECK(read.reasons == packet.reasons);
}

TEST_CASE("a SUBACK of 3.x knows one failure [MQTT311-3.9.3-2] [MQTT311-3.8.3-2]", "[subscribe]") {
    for (const protocol_version version : old_versions) {
        std::string out;
        encode(
            out,
            suback_packet{
                1,
                {},
                {reason_code::granted_qos_1, reason_code::wildcard_subscriptions_not_supported}},
            version
        );
        CHECK(out == hex("90 04 00 01 01 80"));
        for (unsigned code = 0; code < 256; ++code) {
            const lone_frame frame(packet_type::suback, hex("00 01") + bytes({code}));
            CHECK(decode_suback(frame, version).has_value() == (code <= 2 || code == 0x80));
        }
    }
}

TEST_CASE("a SUBACK has the codes of its table [MQTT-3.9.3-2] [MQTT-3.8.4-7]", "[subscribe]") {
    for (unsigned code = 0; code < 256; ++code) {
        const lone_frame frame(packet_type::suback, hex("00 01 00") + bytes({code}));
        const bool allowed = is_allowed(packet_type::suback, static_cast<reason_code>(code));
        CHECK(decode_suback(frame, v5).has_value() == allowed);
    }
    CHECK(
        failure_of(decode_suback(lone_frame(packet_type::suback, hex("00 01 00")), v5)) ==
        malformed_code
    );
}

TEST_CASE(
    "an UNSUBACK tells for each filter in order [MQTT-3.11.3-1] [MQTT-2.2.1-6]", "[subscribe]"
) {
    const unsuback_packet packet{
        0x1234, {}, {reason_code::no_subscription_existed, reason_code::success}};
    std::string out;
    encode(out, packet, v5);
    CHECK(out == hex("b0 05 12 34 00 11 00"));
    CHECK(decode_unsuback(lone_frame(out), v5).value().reasons == packet.reasons);
}

TEST_CASE("an UNSUBACK of 3.x is its packet identifier [MQTT-MIXED]", "[subscribe]") {
    for (const protocol_version version : old_versions) {
        std::string out;
        encode(out, unsuback_packet{7, {}, {reason_code::no_subscription_existed}}, version);
        CHECK(out == hex("b0 02 00 07"));
        const lone_frame longer(packet_type::unsuback, hex("00 07 00"));
        CHECK(failure_of(decode_unsuback(longer, version)) == malformed_code);
    }
}

TEST_CASE("an UNSUBACK has the codes of its table [MQTT-3.11.3-2]", "[subscribe]") {
    for (unsigned code = 0; code < 256; ++code) {
        const lone_frame frame(packet_type::unsuback, hex("00 01 00") + bytes({code}));
        const bool allowed = is_allowed(packet_type::unsuback, static_cast<reason_code>(code));
        CHECK(decode_unsuback(frame, v5).has_value() == allowed);
    }
    CHECK(
        failure_of(decode_unsuback(lone_frame(packet_type::unsuback, hex("00 01 00")), v5)) ==
        malformed_code
    );
}

TEST_CASE(
    "requests are written with their options and the flags 0010 [MQTT-3.8.1-1]", "[subscribe]"
) {
    std::string out;
    encode(
        out,
        subscribe_packet{
            1,
            {},
            {{"a", {qos::at_least_once, true, false, 1}},
             {"b", {qos::at_most_once, false, true, 0}}}},
        v5
    );
    encode(out, unsubscribe_packet{2, {}, {"a", "b"}}, v5);
    CHECK(
        out == hex("82 0b 00 01 00 00 01 'a' 15 00 01 'b' 08 a2 09 00 02 00 00 01 'a' 00 01 'b'")
    );
}
