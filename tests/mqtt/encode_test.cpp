#include "mqtt/encode.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

constexpr auto v5 = protocol_version::v5_0;

std::string encoded(const packet& what, protocol_version version) {
    std::string out;
    encode(out, what, version);
    return out;
}

}  // namespace

TEST_CASE("packets are appended to what is there", "[encode]") {
    std::string out = "x";
    encode(out, pingreq_packet{}, v5);
    encode(out, disconnect_packet{}, v5);
    CHECK(out == hex("'x' c0 00 e0 00"));
}

TEST_CASE("any packet is written as its own kind [MQTT-2.1.3-1]", "[encode]") {
    const std::pair<packet, std::string_view> all[] = {
        {connect_packet{.client_id = "c"}, "10 0e 00 04 'MQTT' 05 02 00 00 00 00 01 'c'"},
        {connack_packet{}, "20 03 00 00 00"},
        {publish_packet{.topic = "t"}, "30 04 00 01 't' 00"},
        {puback_packet{1}, "40 02 00 01"},
        {pubrec_packet{1}, "50 02 00 01"},
        {pubrel_packet{1}, "62 02 00 01"},
        {pubcomp_packet{1}, "70 02 00 01"},
        {subscribe_packet{1, {}, {{"t"}}}, "82 07 00 01 00 00 01 't' 00"},
        {suback_packet{1, {}, {reason_code::granted_qos_1}}, "90 04 00 01 00 01"},
        {unsubscribe_packet{1, {}, {"t"}}, "a2 06 00 01 00 00 01 't'"},
        {unsuback_packet{1, {}, {reason_code::success}}, "b0 04 00 01 00 00"},
        {pingreq_packet{}, "c0 00"},
        {pingresp_packet{}, "d0 00"},
        {disconnect_packet{}, "e0 00"},
        {auth_packet{}, "f0 00"},
    };
    for (const auto& [what, bytes] : all) {
        CHECK(encoded(what, v5) == hex(bytes));
    }
}

TEST_CASE("no properties are an explicit length of 0 [MQTT-2.2.2-1]", "[encode]") {
    CHECK(encoded(connack_packet{}, v5).back() == 0);
    CHECK(
        encoded(connect_packet{.will = will_fields{.topic = "t"}}, v5) ==
        hex("10 13 00 04 'MQTT' 05 06 00 00 00 00 00 00 00 01 't' 00 00")
    );
}

TEST_CASE("what 3.x does not know is left out [MQTT-MIXED]", "[encode]") {
    properties some;
    some.add({"a", "b"});
    for (const protocol_version version : {protocol_version::v3_1, protocol_version::v3_1_1}) {
        CHECK(encoded(connack_packet{false, {}, some}, version) == hex("20 02 00 00"));
        CHECK(
            encoded(publish_packet{.topic = "t", .properties = some}, version) ==
            hex("30 03 00 01 't'")
        );
        CHECK(
            encoded(puback_packet{1, reason_code::not_authorized, some}, version) ==
            hex("40 02 00 01")
        );
        CHECK(
            encoded(suback_packet{1, some, {reason_code::granted_qos_0}}, version) ==
            hex("90 03 00 01 00")
        );
        CHECK(
            encoded(unsuback_packet{1, some, {reason_code::success}}, version) == hex("b0 02 00 01")
        );
        CHECK(
            encoded(subscribe_packet{1, some, {{"t"}}}, version) == hex("82 06 00 01 00 01 't' 00")
        );
        CHECK(encoded(disconnect_packet{reason_code::server_busy, some}, version) == hex("e0 00"));
    }
}

TEST_CASE("the remaining length takes as many bytes as it needs [MQTT-1.5.5-1]", "[encode]") {
    const std::pair<std::size_t, std::string_view> edges[] = {
        {127, "7f"},
        {128, "80 01"},
        {16'383, "ff 7f"},
        {16'384, "80 80 01"},
        {2'097'151, "ff ff 7f"},
        {2'097'152, "80 80 80 01"},
    };
    for (const auto& [remaining, length] : edges) {
        const std::string payload(remaining - 3, 'p');
        const std::string out =
            encoded(publish_packet{.topic = "t", .payload = payload}, protocol_version::v3_1_1);
        CHECK(out.substr(0, 1 + hex(length).size()) == hex("30") + hex(length));
        CHECK(out.size() == 1 + hex(length).size() + remaining);
    }
}

TEST_CASE("a CONNECT is written as its version spells it", "[encode]") {
    connect_packet what{
        .version = protocol_version::v3_1,
        .clean_start = false,
        .keep_alive_seconds = 10,
        .client_id = "c",
        .will = will_fields{qos::at_least_once, true, "w", "bye"},
        .username = "u",
        .password = "p",
    };
    CHECK(
        encoded(what, v5) ==
        hex("10 1d 00 06 'MQIsdp' 03 ec 00 0a 00 01 'c' 00 01 'w' 00 03 'bye' 00 01 'u' 00 01 'p'")
    );
    what.version = protocol_version::v3_1_1;
    CHECK(encoded(what, v5).substr(2, 7) == hex("00 04 'MQTT' 04"));
}
