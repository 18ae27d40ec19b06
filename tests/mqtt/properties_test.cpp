#include "mqtt/check_properties.hpp"
#include "mqtt/samples.hpp"
#include "mqtt/wire.hpp"

#include <lmqtt/properties.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <vector>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

static_assert(std::is_same_v<decltype(prop::subscription_identifier)::value_type, std::uint32_t>);
static_assert(std::is_same_v<decltype(prop::receive_maximum)::value_type, std::uint16_t>);

// Checks that `which` is read back after other properties, and written in the type of its row.
template <class T>
void check_one(property<T> which, typename property<T>::value_type value) {
    const auto* const row = find_property(static_cast<std::uint8_t>(which.id));
    REQUIRE(row != nullptr);
    INFO(row->name);
    properties only;
    only.set(which, value);
    CHECK(property_view(only)[which] == value);
    for (const property_row& other : property_rows::all) {
        if (other.id != which.id) {
            const std::string both = property_bytes(other) + only.wire();
            CHECK(property_view(both)[which] == value);
            CHECK_FALSE(property_view(property_bytes(other))[which].has_value());
        }
    }
    CHECK(property_view(property_bytes(*row))[which].has_value());
    CHECK(only.wire().size() == property_bytes(*row).size());
}

}  // namespace

TEST_CASE("each property is written and read in its own type", "[properties]") {
    check_one(prop::payload_format_indicator, 1);
    check_one(prop::message_expiry_interval, 0xfedcba98);
    check_one(prop::content_type, "text!");
    check_one(prop::response_topic, "a/b/c");
    check_one(prop::correlation_data, std::string_view("\0\xff\x80z", 4));
    check_one(prop::subscription_identifier, 268'435'455);
    check_one(prop::session_expiry_interval, 0xffffffff);
    check_one(prop::assigned_client_identifier, "abcde");
    check_one(prop::server_keep_alive, 0xfedc);
    check_one(prop::authentication_method, "SCRAM");
    check_one(prop::authentication_data, std::string_view("\0\xff\x80z", 4));
    check_one(prop::request_problem_information, 0);
    check_one(prop::will_delay_interval, 5);
    check_one(prop::request_response_information, 1);
    check_one(prop::response_information, "abcde");
    check_one(prop::server_reference, "other");
    check_one(prop::reason_string, "sorry");
    check_one(prop::receive_maximum, 65'535);
    check_one(prop::topic_alias_maximum, 256);
    check_one(prop::topic_alias, 255);
    check_one(prop::maximum_qos, 1);
    check_one(prop::retain_available, 0);
    check_one(prop::maximum_packet_size, 0x01020304);
    check_one(prop::wildcard_subscription_available, 1);
    check_one(prop::subscription_identifier_available, 1);
    check_one(prop::shared_subscription_available, 1);
}

TEST_CASE("numbers are written with their highest byte first", "[properties]") {
    properties some;
    some.set(prop::topic_alias, std::uint16_t{0x1234})
        .set(prop::message_expiry_interval, 0x12345678U);
    CHECK(some.wire() == hex("23 12 34 02 12 34 56 78"));
}

TEST_CASE("subscription identifiers of all sizes are read back in order", "[properties]") {
    const std::vector<std::uint32_t> all{
        1, 127, 128, 16'383, 16'384, 16'385, 2'097'151, 2'097'152, 268'435'455};
    properties some;
    for (const std::uint32_t each : all) {
        some.add(prop::subscription_identifier, each);
    }
    std::vector<std::uint32_t> read;
    property_view(some).for_each_subscription_identifier([&](std::uint32_t id) {
        read.push_back(id);
    });
    CHECK(read == all);
    CHECK(property_view(some)[prop::subscription_identifier] == 1U);
}

TEST_CASE(
    "user properties keep order and repetition [MQTT-3.3.2-17] [MQTT-3.3.2-18]", "[properties]"
) {
    properties some;
    some.add({"b", "1"})
        .add({"a", ""})
        .set(prop::reason_string, "x")
        .add({"b", "1"})
        .add({"", "v"});
    std::vector<user_property> read;
    property_view(some).for_each_user_property([&](user_property pair) { read.push_back(pair); });
    CHECK((read == std::vector<user_property>{{"b", "1"}, {"a", ""}, {"b", "1"}, {"", "v"}}));
}

TEST_CASE("setting a property again replaces it [X-PROP-2]", "[properties]") {
    properties some;
    some.set(prop::reason_string, "first").set(prop::receive_maximum, std::uint16_t{5});
    some.set(prop::reason_string, "second");
    CHECK(property_view(some)[prop::reason_string] == "second");
    CHECK(some.wire() == hex("21 00 05 1f 00 06 'second'"));
}

TEST_CASE("properties are removed wherever they stand", "[properties]") {
    properties some;
    some.add({"a", "1"})
        .set(prop::content_type, "c")
        .add({"b", "2"})
        .set(prop::response_topic, "r");
    some.add({"c", "3"});
    properties without = some;
    without.erase_user_properties();
    CHECK(without.wire() == hex("03 00 01 'c' 08 00 01 'r'"));
    without.erase(prop::content_type).erase(prop::response_topic).erase(prop::response_topic);
    CHECK(without.empty());
    CHECK(without == properties());
    CHECK_FALSE(some == without);
}

TEST_CASE("an empty set of properties has nothing", "[properties]") {
    const properties none;
    const property_view view = none;
    CHECK(view.empty());
    CHECK_FALSE(view[prop::reason_string].has_value());
    view.for_each_user_property([](user_property) { FAIL("there is none"); });
}

TEST_CASE(
    "what cannot be sent cannot be set [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.7-1]", "[properties]"
) {
    properties some;
    const std::string longest(65'535, 'x');
    CHECK_NOTHROW(some.set(prop::reason_string, longest));
    CHECK_THROWS_AS(some.set(prop::reason_string, longest + 'x'), std::invalid_argument);
    CHECK_THROWS_AS(some.set(prop::correlation_data, longest + 'x'), std::invalid_argument);
    CHECK_THROWS_AS(some.set(prop::content_type, "\xff"), std::invalid_argument);
    CHECK_THROWS_AS(some.set(prop::content_type, std::string_view("\0", 1)), std::invalid_argument);
    CHECK_THROWS_AS(some.add({"\xff", ""}), std::invalid_argument);
    CHECK_THROWS_AS(some.add({"", "\xff"}), std::invalid_argument);
    CHECK_THROWS_AS(some.add({longest + 'x', ""}), std::invalid_argument);
    CHECK_THROWS_AS(some.set(prop::subscription_identifier, 268'435'456), std::invalid_argument);
    CHECK(property_view(some)[prop::reason_string] == longest);
    CHECK_FALSE(property_view(some)[prop::content_type].has_value());
}

TEST_CASE("every valid block is walked to its end, item by item", "[properties]") {
    for (const carriers where : all_carriers()) {
        for (const auto& sample : property_blocks(where)) {
            INFO(sample.name);
            const std::string input = block(sample.wire);
            byte_reader reader(input);
            const property_view read = read_properties(reader, where, {}).value();
            std::string again;
            for (byte_view rest = read.wire(); !rest.empty();) {
                const auto item = property_view::take(rest);
                CHECK(
                    static_cast<unsigned char>(item.whole.front()) == static_cast<unsigned>(item.id)
                );
                CHECK(item.whole.substr(1) == item.value);
                again += item.whole;
            }
            CHECK(again == sample.wire);
            CHECK(properties(read).wire() == sample.wire);
        }
    }
}
