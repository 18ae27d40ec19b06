#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/samples.hpp"
#include "mqtt/wire.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace lmqtt;
using namespace lmqtt::mqtt;
using namespace lmqtt::mqtt::test;

namespace {

// The shortest form of a sample: acknowledgements, DISCONNECT and AUTH leave out an empty property
// block. [X-DISC-3]
std::string shortest(const sample& which) {
    const packet_type type = which.type();
    const bool ack = type >= packet_type::puback && type <= packet_type::pubcomp;
    const bool reasoned = type == packet_type::disconnect || type == packet_type::auth;
    sample cut = which;
    if ((ack && cut.body.size() == 4) || (reasoned && cut.body.size() == 2)) {
        cut.body.pop_back();
    }
    if (ack && cut.body.size() == 3 && cut.body.back() == 0) {
        cut.body.pop_back();
    }
    return cut.bytes();
}

std::string encoded(const packet& what, protocol_version version) {
    std::string out;
    encode(out, what, version);
    return out;
}

// Decodes, and if that works, checks that writing and reading again changes nothing.
bool reads(std::string_view whole, protocol_version version) {
    byte_view input = whole;
    frame_limits limits = no_limit;
    limits.version = version;
    const auto framed = next_frame(input, limits);
    if (!framed || !*framed) {
        return false;
    }
    const lone_frame first((*framed)->whole, version);
    const auto once = decode(first, version);
    if (!once) {
        return false;
    }
    const std::string written = encoded(*once, version);
    const lone_frame second(written, version);
    const auto twice = decode(second, version);
    if (!twice || twice->index() != once->index() || encoded(*twice, version) != written) {
        FAIL("another packet after writing and reading");
    }
    return true;
}

std::string packet_with_body(const sample& which, std::string_view body) {
    return packet_bytes(which.first_byte, body);
}

}  // namespace

TEST_CASE("packets of every type, version and property are read and written the same", "[decode]") {
    for (const auto blocks : {property_blocks, property_pairs, property_subsets}) {
        for (const sample& each : samples_of(blocks)) {
            INFO(each.name);
            const lone_frame frame(each.bytes(), each.version);
            const auto read = decode(frame, each.version);
            REQUIRE(failure_of(read) == 0);
            CHECK(read->index() + 1 == static_cast<std::size_t>(each.type()));
            CHECK(encoded(*read, each.version) == shortest(each));
        }
    }
}

TEST_CASE("a packet cut before its end is waited for, never taken for another", "[decode]") {
    for (const sample& each : all_samples()) {
        const std::string whole = each.bytes();
        for (std::size_t size = 0; size < whole.size(); ++size) {
            byte_view input = byte_view(whole).substr(0, size);
            const auto result = next_frame(input, no_limit);
            if (!result || *result) {
                FAIL(each.name << " cut at " << size);
            }
        }
    }
}

TEST_CASE(
    "a packet whose length says less than its fields need is refused [MQTT-4.13.1-1] "
    "[MQTT-3.1.4-1]",
    "[decode]"
) {
    for (const sample& each : all_samples()) {
        for (std::size_t size = 0; size < each.body.size(); ++size) {
            const bool read =
                reads(packet_with_body(each, byte_view(each.body).substr(0, size)), each.version);
            if (read != each.whole_at.contains(size)) {
                FAIL(each.name << " cut at " << size << " of " << each.body.size());
            }
        }
    }
}

TEST_CASE("a packet longer than its fields is refused [MQTT-4.13.1-1]", "[decode]") {
    for (const sample& each : all_samples()) {
        for (std::size_t more = 1; more <= 8; ++more) {
            for (const char filling : {'\0', '\1', '\x26', '\x7f', '\xff'}) {
                const std::string body = each.body + std::string(more, filling);
                const bool read = reads(packet_with_body(each, body), each.version);
                if (read && !each.ends_open) {
                    FAIL(each.name << " and " << more << " bytes more");
                }
            }
        }
    }
}

TEST_CASE("a packet with one byte changed is refused, or is what its bytes say", "[decode]") {
    // Only the richest sample of each name: the others differ in what these have, too.
    for (const sample& each : all_samples()) {
        if (each.name.find("backward") == std::string::npos &&
            each.name.find("with") != std::string::npos) {
            continue;
        }
        for (std::size_t at = 0; at < each.body.size(); ++at) {
            std::string body = each.body;
            for (const unsigned flip :
                 {0x01U, 0x02U, 0x04U, 0x08U, 0x10U, 0x20U, 0x40U, 0x80U, 0xffU}) {
                body[at] = static_cast<char>(static_cast<unsigned char>(each.body[at]) ^ flip);
                reads(packet_with_body(each, body), each.version);
            }
        }
    }
}

TEST_CASE("a packet read as another version does no harm", "[decode]") {
    for (const sample& each : all_samples()) {
        for (const protocol_version version : every_version) {
            reads(each.bytes(), version);
        }
    }
}

TEST_CASE("packets that only servers send are refused from a client [X-TYPE-1]", "[decode]") {
    const std::set<packet_type> servers{
        packet_type::connack, packet_type::suback, packet_type::unsuback, packet_type::pingresp};
    for (const sample& each : all_samples()) {
        const lone_frame frame(each.bytes(), each.version);
        const auto read = decode_from_client(frame, each.version);
        if (servers.contains(each.type())) {
            CHECK(failure_of(read) == protocol_error_code);
        } else if (read) {
            CHECK(encoded(*read, each.version) == shortest(each));
        } else {
            INFO(each.name);
            CHECK(failure_of(read) == protocol_error_code);
            const bool only_servers_say = each.type() == packet_type::publish ||
                                          each.type() == packet_type::disconnect ||
                                          each.type() == packet_type::auth;
            CHECK(only_servers_say);
        }
    }
}
