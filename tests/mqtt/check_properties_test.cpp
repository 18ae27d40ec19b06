#include "mqtt/check_properties.hpp"
#include "mqtt/samples.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

// Table 2-4 of MQTT 5.0: identifier, and the packets that may carry it. W is the will.
struct printed_row {
    unsigned id;
    std::string_view packets;
};

constexpr printed_row table_2_4[] = {
    {0x01, "PUBLISH W"},
    {0x02, "PUBLISH W"},
    {0x03, "PUBLISH W"},
    {0x08, "PUBLISH W"},
    {0x09, "PUBLISH W"},
    {0x0b, "PUBLISH SUBSCRIBE"},
    {0x11, "CONNECT CONNACK DISCONNECT"},
    {0x12, "CONNACK"},
    {0x13, "CONNACK"},
    {0x15, "CONNECT CONNACK AUTH"},
    {0x16, "CONNECT CONNACK AUTH"},
    {0x17, "CONNECT"},
    {0x18, "W"},
    {0x19, "CONNECT"},
    {0x1a, "CONNACK"},
    {0x1c, "CONNACK DISCONNECT"},
    {0x1f, "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH"},
    {0x21, "CONNECT CONNACK"},
    {0x22, "CONNECT CONNACK"},
    {0x23, "PUBLISH"},
    {0x24, "CONNACK"},
    {0x25, "CONNACK"},
    {0x26,
     "CONNECT CONNACK PUBLISH W PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK "
     "DISCONNECT AUTH"},
    {0x27, "CONNECT CONNACK"},
    {0x28, "CONNACK"},
    {0x29, "CONNACK"},
    {0x2a, "CONNACK"},
};

struct place {
    std::string_view name;
    carriers where;
};

constexpr place places[] = {
    {"W", in_will},
    {"CONNECT", in(packet_type::connect)},
    {"CONNACK", in(packet_type::connack)},
    {"PUBLISH", in(packet_type::publish)},
    {"PUBACK", in(packet_type::puback)},
    {"PUBREC", in(packet_type::pubrec)},
    {"PUBREL", in(packet_type::pubrel)},
    {"PUBCOMP", in(packet_type::pubcomp)},
    {"SUBSCRIBE", in(packet_type::subscribe)},
    {"SUBACK", in(packet_type::suback)},
    {"UNSUBSCRIBE", in(packet_type::unsubscribe)},
    {"UNSUBACK", in(packet_type::unsuback)},
    {"PINGREQ", in(packet_type::pingreq)},
    {"PINGRESP", in(packet_type::pingresp)},
    {"DISCONNECT", in(packet_type::disconnect)},
    {"AUTH", in(packet_type::auth)},
};

bool names(std::string_view packets, std::string_view one) {
    return (" " + std::string(packets) + " ").find(" " + std::string(one) + " ") !=
           std::string::npos;
}

// What reading these bytes, with their length in front, fails with; 0 for nothing. `what` lies in
// memory of its own size.
unsigned refusal(std::string_view what, carriers where, const decode_limits& limits = {}) {
    const std::unique_ptr<char[]> memory(new char[what.size()]);
    what.copy(memory.get(), what.size());
    byte_reader reader(byte_view(memory.get(), what.size()));
    const auto result = read_properties(reader, where, limits);
    return failure_of(result);
}

unsigned block_refusal(std::string_view properties, carriers where) {
    return refusal(block(properties), where);
}

constexpr carriers publish = in(packet_type::publish);
constexpr carriers connect = in(packet_type::connect);
constexpr carriers connack = in(packet_type::connack);

}  // namespace

TEST_CASE(
    "each property stands in the packets of table 2-4 and nowhere else [X-PROP-1]", "[properties]"
) {
    std::set<unsigned> known;
    for (const printed_row& printed : table_2_4) {
        known.insert(printed.id);
        const auto* const row = find_property(static_cast<std::uint8_t>(printed.id));
        REQUIRE(row != nullptr);
        const bool data = row->id == property_id::authentication_data;
        const std::string method = data ? property_bytes(*find_property(0x15)) : std::string();
        for (const place& each : places) {
            INFO(row->name << " in " << each.name);
            const bool allowed = names(printed.packets, each.name);
            CHECK(((row->allowed & each.where) != 0) == allowed);
            const unsigned expected = allowed ? 0 : protocol_error_code;
            CHECK(block_refusal(property_bytes(*row) + method, each.where) == expected);
        }
    }
    for (unsigned id = 0; id < 256; ++id) {
        CHECK((find_property(static_cast<std::uint8_t>(id)) != nullptr) == known.contains(id));
    }
}

TEST_CASE("an unknown property is malformed [X-PROP-3]", "[properties]") {
    for (unsigned id = 0; id < 256; ++id) {
        if (find_property(static_cast<std::uint8_t>(id)) == nullptr) {
            CHECK(block_refusal(bytes({id, 0, 0, 0, 0, 0}), publish) == malformed_code);
        }
    }
    // An identifier is a variable byte integer too, and has its shortest form. [MQTT-1.5.5-1]
    CHECK(block_refusal(hex("81 00 01"), publish) == malformed_code);
}

TEST_CASE("a property occurs once, but for those that may be repeated [X-PROP-2]", "[properties]") {
    for (const property_row& row : property_rows::all) {
        const std::string one = property_bytes(row);
        for (const place& each : places) {
            if ((row.allowed & each.where) == 0) {
                continue;
            }
            const bool repeats =
                row.id == property_id::user_property ||
                (row.id == property_id::subscription_identifier && each.name == "PUBLISH");
            INFO(row.name << " in " << each.name);
            CHECK(block_refusal(one + one, each.where) == (repeats ? 0 : protocol_error_code));
        }
    }
}

TEST_CASE("a property length beyond the packet is malformed [X-PROP-3]", "[properties]") {
    CHECK(refusal(hex("01"), publish) == malformed_code);
    CHECK(refusal(hex("06 02 00 00 00 0a"), publish) == malformed_code);
    CHECK(refusal(hex("ff ff ff 7f"), publish) == malformed_code);
    CHECK(refusal(hex("80"), publish) == malformed_code);
    CHECK(refusal("", publish) == malformed_code);
    CHECK(refusal(hex("80 00"), publish) == malformed_code);
    CHECK(refusal(hex("80 80 80 80 00"), publish) == malformed_code);
}

TEST_CASE(
    "a property cut anywhere by the property length is malformed [X-PROP-3]", "[properties]"
) {
    for (const carriers where : all_carriers()) {
        for (const property_row& row : property_rows::all) {
            const std::string whole = property_bytes(row);
            for (std::size_t size = 1; (row.allowed & where) != 0 && size < whole.size(); ++size) {
                INFO(row.name << " cut at " << size);
                CHECK(block_refusal(whole.substr(0, size), where) == malformed_code);
            }
        }
    }
}

TEST_CASE("a property that is true or false is 1 or 0 [X-PROP-4]", "[properties]") {
    for (const property_row& row : property_rows::all) {
        for (unsigned value = 0; row.type == property_type::flag && value < 256; ++value) {
            const std::string one = bytes({static_cast<unsigned>(row.id), value});
            for (const place& each : places) {
                if ((row.allowed & each.where) != 0) {
                    CHECK(block_refusal(one, each.where) == (value < 2 ? 0 : protocol_error_code));
                }
            }
        }
    }
}

TEST_CASE("some properties are not 0 [X-PROP-5] [MQTT-3.3.2-8]", "[properties]") {
    CHECK(block_refusal(hex("21 00 00"), connect) == protocol_error_code);
    CHECK(block_refusal(hex("21 00 01"), connect) == 0);
    CHECK(block_refusal(hex("27 00 00 00 00"), connect) == protocol_error_code);
    CHECK(block_refusal(hex("27 00 00 00 01"), connect) == 0);
    CHECK(block_refusal(hex("0b 00"), in(packet_type::subscribe)) == protocol_error_code);
    CHECK(block_refusal(hex("0b 01"), in(packet_type::subscribe)) == 0);
    CHECK(block_refusal(hex("23 00 00"), publish) == 0x94);
    // These may be.
    CHECK(block_refusal(hex("22 00 00"), connect) == 0);
    CHECK(block_refusal(hex("11 00 00 00 00"), connect) == 0);
    CHECK(block_refusal(hex("02 00 00 00 00"), publish) == 0);
    CHECK(block_refusal(hex("13 00 00"), connack) == 0);
}

TEST_CASE("authentication data needs its method, on either side [X-PROP-6]", "[properties]") {
    const std::string data = hex("16 00 01 'd'");
    const std::string method = hex("15 00 01 'm'");
    for (const carriers where : {connect, connack, in(packet_type::auth)}) {
        CHECK(block_refusal(data, where) == protocol_error_code);
        CHECK(block_refusal(method, where) == 0);
        CHECK(block_refusal(data + method, where) == 0);
        CHECK(block_refusal(method + data, where) == 0);
    }
}

TEST_CASE("a response topic is a topic name [MQTT-3.3.2-14]", "[properties]") {
    for (const carriers where : {publish, in_will}) {
        CHECK(block_refusal(hex("08 00 03 'a/b'"), where) == 0);
        CHECK(block_refusal(hex("08 00 03 'a/#'"), where) == protocol_error_code);
        CHECK(block_refusal(hex("08 00 03 '+/b'"), where) == protocol_error_code);
        CHECK(block_refusal(hex("08 00 00"), where) == protocol_error_code);
    }
}

TEST_CASE(
    "texts among properties are valid UTF-8 [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-3.3.2-13] "
    "[MQTT-3.3.2-19]",
    "[properties]"
) {
    for (const property_row& row : property_rows::all) {
        for (const place& each : places) {
            if (row.type != property_type::text || (row.allowed & each.where) == 0) {
                continue;
            }
            INFO(row.name << " in " << each.name);
            const std::string id = bytes({static_cast<unsigned>(row.id)});
            CHECK(block_refusal(id + hex("00 01 ff"), each.where) == malformed_code);
            CHECK(block_refusal(id + hex("00 03 'a' 00 'b'"), each.where) == malformed_code);
            CHECK(block_refusal(id + hex("00 03 ed a0 80"), each.where) == malformed_code);
            CHECK(block_refusal(id + hex("00 04 ef bb bf 'a'"), each.where) == 0);
        }
    }
}

TEST_CASE("binary properties are any bytes", "[properties]") {
    CHECK(block_refusal(hex("09 00 03 00 ff c0"), publish) == 0);
    CHECK(block_refusal(hex("15 00 01 'm' 16 00 02 00 ff"), connect) == 0);
}

TEST_CASE("both halves of a user property are valid UTF-8 [MQTT-1.5.7-1]", "[properties]") {
    for (const carriers where : all_carriers()) {
        CHECK(block_refusal(hex("26 00 01 'a' 00 01 'b'"), where) == 0);
        CHECK(block_refusal(hex("26 00 00 00 00"), where) == 0);
        CHECK(block_refusal(hex("26 00 01 ff 00 01 'b'"), where) == malformed_code);
        CHECK(block_refusal(hex("26 00 01 'a' 00 01 ff"), where) == malformed_code);
        CHECK(block_refusal(hex("26 00 01 00 00 01 'b'"), where) == malformed_code);
        CHECK(block_refusal(hex("26 00 01 'a' 00 01 00"), where) == malformed_code);
    }
}

TEST_CASE("what follows the property block stays for the next reader", "[properties]") {
    const std::string input = hex("02 01 01 'rest'");
    byte_reader reader(input);
    CHECK(read_properties(reader, publish, {}).value().wire() == hex("01 01"));
    CHECK(reader.rest() == "rest");
}

TEST_CASE("limits of a property block hold to the byte and to the pair", "[properties]") {
    const std::string three = block(hex("26 00 00 00 00 26 00 00 00 00 26 00 00 00 00"));
    CHECK(refusal(three, publish, {.maximum_user_properties = 3}) == 0);
    CHECK(refusal(three, publish, {.maximum_user_properties = 2}) == 0x97);
    CHECK(refusal(three, publish, {.maximum_property_bytes = 15}) == 0);
    CHECK(refusal(three, publish, {.maximum_property_bytes = 14}) == 0x95);
}

TEST_CASE(
    "what belongs to a message is forwarded byte for byte, in order [MQTT-3.3.2-4] [MQTT-3.3.2-15] "
    "[MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] [MQTT-3.1.3-10]",
    "[properties]"
) {
    const std::string message =
        hex("26 00 01 'b' 00 01 '1' 01 01 09 00 02 00 ff 26 00 01 'a' 00 01 '2' "
            "08 00 01 'r' 03 00 01 'c' 26 00 01 'b' 00 01 '1'");
    CHECK(is_forwardable(property_view(message)));
    CHECK(forwardable(property_view(message)).wire() == message);
    // In a PUBLISH: Topic Alias, Message Expiry Interval, Subscription Identifier; in a will the
    // delay.
    for (const std::string_view own :
         {"23 00 01", "02 00 00 00 05", "0b ff ff ff 7f", "18 00 00 00 05"}) {
        const std::string mixed = hex(own) + message + (own.starts_with("0b") ? hex(own) : "");
        CHECK_FALSE(is_forwardable(property_view(mixed)));
        CHECK(forwardable(property_view(mixed)).wire() == message);
    }
    CHECK(is_forwardable(property_view()));
    CHECK(forwardable(property_view()).empty());
}
