#include "mqtt/wire.hpp"

#include <lmqtt/reason_code.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <type_traits>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

struct table {
    packet_type type;
    std::set<unsigned> codes;
};

// The tables of MQTT 5.0 as they are printed in its chapter 3.
const table tables[] = {
    {packet_type::connack, {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                            0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f}},
    {packet_type::puback, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}},
    {packet_type::pubrec, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}},
    {packet_type::pubrel, {0x00, 0x92}},
    {packet_type::pubcomp, {0x00, 0x92}},
    {packet_type::suback, {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2}},
    {packet_type::unsuback, {0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91}},
    {packet_type::disconnect,
     {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94,
      0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2}},
    {packet_type::auth, {0x00, 0x18, 0x19}},
};

std::set<unsigned> codes_of(packet_type type) {
    const auto* const found =
        std::find_if(std::begin(tables), std::end(tables), [&](const table& each) {
            return each.type == type;
        });
    return found == std::end(tables) ? std::set<unsigned>{} : found->codes;
}

// Whether this code can be written as a constant of this reason.
template <class Reason, reason_code Code>
concept compiles = requires {
    typename std::bool_constant<(Reason(Code), true)>;
};

using enum reason_code;

static_assert(compiles<connack_reason, banned>);
static_assert(!compiles<connack_reason, receive_maximum_exceeded>);
static_assert(compiles<puback_reason, quota_exceeded>);
static_assert(!compiles<puback_reason, packet_identifier_not_found>);
static_assert(compiles<pubrec_reason, no_matching_subscribers>);
static_assert(!compiles<pubrec_reason, receive_maximum_exceeded>);  // [MQTT-3.5.2-1]
static_assert(compiles<pubrel_reason, packet_identifier_not_found>);
static_assert(!compiles<pubrel_reason, no_matching_subscribers>);
static_assert(compiles<pubcomp_reason, packet_identifier_not_found>);
static_assert(!compiles<pubcomp_reason, unspecified_error>);
static_assert(compiles<suback_reason, granted_qos_2>);
static_assert(!compiles<suback_reason, no_subscription_existed>);
static_assert(compiles<unsuback_reason, no_subscription_existed>);
static_assert(!compiles<unsuback_reason, granted_qos_1>);
static_assert(compiles<disconnect_reason, session_taken_over>);
static_assert(!compiles<disconnect_reason, banned>);
static_assert(compiles<auth_reason, re_authenticate>);
static_assert(!compiles<auth_reason, not_authorized>);

// One packet's reason is not another's, and what is known at run time goes through from().
static_assert(!std::is_constructible_v<puback_reason, pubrec_reason>);
static_assert(!std::is_convertible_v<int, puback_reason>);

}  // namespace

TEST_CASE(
    "a packet carries the reason codes of its own table and no others [MQTT-3.2.2-8] "
    "[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] [MQTT-3.9.3-2] [MQTT-3.11.3-2] "
    "[MQTT-3.14.2-1] [MQTT-3.15.2-1]",
    "[reason_code]"
) {
    for (const packet_type type : every_type) {
        const auto allowed = codes_of(type);
        for (unsigned code = 0; code < 256; ++code) {
            INFO("type " << static_cast<unsigned>(type) << " code " << code);
            CHECK(is_allowed(type, static_cast<reason_code>(code)) == allowed.contains(code));
        }
    }
}

TEST_CASE("a reason made at run time obeys the same table", "[reason_code]") {
    for (unsigned code = 0; code < 256; ++code) {
        const auto plain = static_cast<reason_code>(code);
        const auto made = pubrel_reason::from(plain);
        CHECK(made.has_value() == codes_of(packet_type::pubrel).contains(code));
        CHECK((!made || made->code() == plain));
        CHECK(
            suback_reason::from(plain).has_value() == codes_of(packet_type::suback).contains(code)
        );
    }
}

TEST_CASE("a reason not given is success", "[reason_code]") {
    CHECK(puback_reason().code() == reason_code::success);
    CHECK(puback_reason() == puback_reason(reason_code::success));
    CHECK(disconnect_reason().code() == reason_code::normal_disconnection);
}

TEST_CASE("codes of 0x80 and above are errors", "[reason_code]") {
    for (unsigned code = 0; code < 256; ++code) {
        CHECK(is_error(static_cast<reason_code>(code)) == (code >= 0x80));
    }
}

TEST_CASE(
    "every code of the standard has a name of its own, and no other has one", "[reason_code]"
) {
    std::set<unsigned> known;
    for (const table& each : tables) {
        known.insert(each.codes.begin(), each.codes.end());
    }
    std::set<std::string_view> names;
    for (unsigned code = 0; code < 256; ++code) {
        const auto name = name_of(static_cast<reason_code>(code));
        INFO("code " << code << " " << name);
        CHECK((name != "Unknown reason code") == known.contains(code));
        CHECK((!known.contains(code) || names.insert(name).second));
    }
    CHECK(name_of(reason_code::quota_exceeded) == "Quota exceeded");
    CHECK(name_of(reason_code::success) == "Success");
}
