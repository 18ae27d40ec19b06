#include "mqtt/encode.hpp"
#include "mqtt/publish_frame.hpp"
#include "mqtt/varint.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

routed_message_ptr
message_of(std::string_view topic, std::string_view payload, byte_view wire = {}) {
    return make_routed_message({.topic = topic, .payload = payload, .properties = wire});
}

// The same PUBLISH by way of the packet and its general encoder.
std::string
by_packet(const routed_message& message, const delivery& how, protocol_version version) {
    properties all;
    if (how.message_expiry_interval) {
        all.add(prop::message_expiry_interval, *how.message_expiry_interval);
    }
    if (how.topic_alias != 0) {
        all.add(prop::topic_alias, how.topic_alias);
    }
    for (const std::uint32_t each : how.subscription_identifiers) {
        all.add(prop::subscription_identifier, each);
    }
    const auto wire = properties::from_wire(all.wire() + std::string(message.properties()));
    std::string out;
    encode(
        out,
        publish_packet{
            .dup = how.dup,
            .quality = how.quality,
            .retain = how.retain,
            .packet_id = how.packet_id,
            .topic = how.omit_topic ? std::string_view() : message.topic().substr(how.topic_skip),
            .properties = wire,
            .payload = message.payload(),
        },
        version
    );
    return out;
}

void check(const routed_message& message, const delivery& how, protocol_version version) {
    const std::string expected = by_packet(message, how, version);
    std::string whole = "before";
    append_publish(whole, message, how, version);
    std::string head = "before";
    append_publish_head(head, message, how, version);
    const bool same = whole == "before" + expected &&
                      head + std::string(message.payload()) == whole &&
                      encoded_size(message, how, version) == expected.size();
    if (!same) {
        FAIL("another PUBLISH than by the general encoder");
    }
}

const std::vector<std::uint32_t> no_identifiers;
const std::vector<std::uint32_t> one_identifier{1};
const std::vector<std::uint32_t> identifiers_of_each_size{127, 128, 16'384, 2'097'152, 268'435'455};

// Calls visit(delivery) for every combination of what is particular to one.
template <class Visitor>
void for_each_delivery(Visitor&& visit) {
    delivery how;
    for (unsigned bits = 0; bits < 64; ++bits) {
        how.dup = (bits & 1U) != 0;
        how.retain = (bits & 2U) != 0;
        how.omit_topic = (bits & 4U) != 0;
        how.topic_skip = (bits & 8U) != 0 ? 3 : 0;
        how.topic_alias = (bits & 16U) != 0 ? 0x1234 : 0;
        how.message_expiry_interval.reset();
        if ((bits & 32U) != 0) {
            how.message_expiry_interval = 0x12345678;
        }
        for (const qos quality : {qos::at_most_once, qos::at_least_once, qos::exactly_once}) {
            how.quality = quality;
            how.packet_id = quality == qos::at_most_once ? std::uint16_t{0} : std::uint16_t{0xfedc};
            for (const auto* identifiers :
                 {&no_identifiers, &one_identifier, &identifiers_of_each_size}) {
                how.subscription_identifiers = *identifiers;
                visit(how);
            }
        }
    }
}

}  // namespace

TEST_CASE(
    "a message is written as the general encoder writes it, for every combination",
    "[publish_frame]"
) {
    properties some;
    some.set(prop::content_type, "text").add({"a", "b"});
    for (const byte_view wire : {byte_view(), byte_view(some.wire())}) {
        for (const std::string_view payload : {"", "payload"}) {
            const auto message = message_of("m1/some/topic", payload, wire);
            for_each_delivery([&](const delivery& how) {
                for (const protocol_version version : every_version) {
                    check(*message, how, version);
                }
            });
        }
    }
}

TEST_CASE(
    "lengths take as many bytes as they need wherever they grow [MQTT-1.5.5-1]", "[publish_frame]"
) {
    // Remaining Length and Property Length around each of their edges.
    for (const std::size_t edge : {128U, 16'384U, 2'097'152U}) {
        for (std::size_t payload = edge - 12; payload < edge + 2; ++payload) {
            const auto message = message_of("t", std::string(payload, 'p'));
            for (const protocol_version version : every_version) {
                check(*message, {.packet_id = 1, .quality = qos::at_least_once}, version);
            }
        }
    }
    for (const std::size_t edge : {128U, 16'384U}) {
        for (std::size_t size = edge - 12; size < edge + 2; ++size) {
            properties some;
            some.set(prop::correlation_data, std::string(size, 'c'));
            const auto message = message_of("t", "p", some.wire());
            check(*message, {.topic_alias = 1}, protocol_version::v5_0);
        }
    }
}

TEST_CASE("a message is decoded as what was routed", "[publish_frame]") {
    properties some;
    some.set(prop::response_topic, "r");
    const auto message = message_of("t", "p", some.wire());
    std::string out;
    append_publish(
        out,
        *message,
        {.packet_id = 7,
         .quality = qos::exactly_once,
         .dup = true,
         .subscription_identifiers = identifiers_of_each_size,
         .message_expiry_interval = 9},
        protocol_version::v5_0
    );
    const lone_frame frame(out);
    const auto packet = decode_publish_from_server(frame, protocol_version::v5_0).value();
    CHECK(packet.packet_id == 7);
    CHECK(packet.dup);
    CHECK(packet.topic == "t");
    CHECK(packet.payload == "p");
    CHECK(packet.properties[prop::message_expiry_interval] == 9U);
    CHECK(packet.properties[prop::response_topic] == "r");
    std::vector<std::uint32_t> read;
    packet.properties.for_each_subscription_identifier([&](std::uint32_t id) { read.push_back(id); }
    );
    CHECK(read == identifiers_of_each_size);
}

TEST_CASE("a message keeps what it was made of", "[publish_frame]") {
    std::string topic = "t";
    std::string payload = hex("00 ff");
    const auto message = make_routed_message({
        .topic = topic,
        .payload = payload,
        .properties = "wire",
        .publisher = "client",
        .id = 1,
        .origin = 2,
        .published_at_ms = 3,
        .expires_at_ms = 4,
        .quality = qos::exactly_once,
        .retain = true,
        .expiry_given = true,
    });
    topic = payload = "gone";
    for (const auto& each : {message, message->copy(), message->shared()}) {
        CHECK(each->topic() == "t");
        CHECK(each->payload() == hex("00 ff"));
        CHECK(each->properties() == "wire");
        CHECK(each->publisher() == "client");
        CHECK(each->id() == 1);
        CHECK(each->origin() == 2);
        CHECK(each->published_at_ms() == 3);
        CHECK(each->expires_at_ms() == 4);
        CHECK(each->quality() == qos::exactly_once);
        CHECK(each->retain());
        CHECK(each->expiry_given());
        CHECK(each->memory() == sizeof(routed_message) + 1 + 2 + 4 + 6);
    }
}

TEST_CASE("a message may be empty in all its parts", "[publish_frame]") {
    const auto message = make_routed_message({});
    CHECK(message->topic().empty());
    CHECK(message->payload().empty());
    CHECK(message->properties().empty());
    CHECK(message->publisher().empty());
}

TEST_CASE("a shared message is one, a copied message is two", "[publish_frame]") {
    auto first = message_of("t", "p");
    const auto second = first->shared();
    const auto third = first->copy();
    CHECK(second.get() == first.get());
    CHECK(third.get() != first.get());
    first = {};
    CHECK_FALSE(first);
    CHECK(second->payload() == "p");
    CHECK(third->payload() == "p");
}

TEST_CASE("owners of a message come and go in any order", "[publish_frame]") {
    // The sanitizer sees a message that is freed too early, twice or never.
    auto one = message_of("t", "p");
    routed_message_ptr two = one;
    routed_message_ptr three = std::move(one);
    CHECK_FALSE(one);
    CHECK(three.get() == two.get());
    const routed_message_ptr* const self = &three;
    three = *self;
    CHECK(three->topic() == "t");
    one = two;
    two = {};
    three = message_of("other", "p");
    CHECK(one->topic() == "t");
    CHECK(three->topic() == "other");
    std::swap(one, three);
    CHECK(three->topic() == "t");
    std::vector<routed_message_ptr> many(100, one);
    one = {};
    many.erase(many.begin(), many.begin() + 99);
    CHECK(many.front()->topic() == "other");
    routed_message_ptr nobody;
    const routed_message_ptr nobody_else = nobody;
    nobody = nobody_else;
    CHECK(nobody.get() == nullptr);
}

TEST_CASE("a topic longer than 65535 bytes has no packet, but by an alias", "[publish_frame]") {
    const auto message = message_of(std::string(65'536, 't'), "p");
    CHECK(message->topic().size() == 65'536);
    CHECK(message->payload() == "p");
    for (const protocol_version version : every_version) {
        CHECK(encoded_size(*message, {}, version) == unsendable);
        CHECK(encoded_size(*message, {.topic_skip = 1}, version) != unsendable);
    }
    const delivery by_alias{.topic_alias = 1, .omit_topic = true};
    check(*message, by_alias, protocol_version::v5_0);
    check(*message, {.topic_skip = 1}, protocol_version::v3_1_1);
}

TEST_CASE(
    "a message has no packet if that were longer than the largest length", "[publish_frame]"
) {
    const std::string half(largest_varint / 2, 'p');
    const auto message = make_routed_message({.topic = "t", .payload = half, .properties = half});
    // 3.x leaves the properties out; with them, the lengths alone are too much.
    CHECK(encoded_size(*message, {}, protocol_version::v3_1_1) == 5 + 3 + half.size());
    CHECK(encoded_size(*message, {}, protocol_version::v5_0) == unsendable);
}
