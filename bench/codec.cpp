// What the codec costs: nanoseconds for one packet of each kind that a busy broker reads and
// writes. Each line is the best of several rounds, so that a busy machine disturbs it least.
//
//     bench/codec [packets a round]        default: 6400
#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/publish_frame.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace lmqtt;

constexpr int rounds = 400;
constexpr mqtt::frame_limits limits{.maximum_packet_size = 1'000'000};
constexpr std::size_t packets_a_read = 64;

// Keeps the compiler from leaving out what nobody looks at.
template <class T>
void used(const T& value) {
    asm volatile("" : : "g"(&value) : "memory");
}

template <class Work>
void measure(const char* what, std::size_t packets, Work work) {
    using clock = std::chrono::steady_clock;
    double best = 1e30;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = clock::now();
        for (std::size_t done = 0; done < packets; done += packets_a_read) {
            work();
        }
        const std::chrono::duration<double, std::nano> took = clock::now() - begin;
        best = std::min(best, took.count() / static_cast<double>(packets));
    }
    std::printf("%-44s %8.1f ns\n", what, best);
}

std::string read_of(const packet& one, protocol_version version) {
    std::string bytes;
    for (std::size_t count = 0; count < packets_a_read; ++count) {
        mqtt::encode(bytes, one, version);
    }
    return bytes;
}

template <class Decode>
void measure_reading(
    const char* what, std::size_t packets, const std::string& bytes, Decode decode
) {
    measure(what, packets, [&] {
        byte_view rest = bytes;
        while (!rest.empty()) {
            const auto frame = mqtt::next_frame(rest, limits);
            used(decode(**frame));
        }
    });
}

struct publishes {
    std::string topic = "dev/000123/state";
    std::string payload;
    properties none;
    properties some;

    explicit publishes(std::size_t payload_size)
        : payload(payload_size, 'p') {
        some.set(prop::content_type, "application/json");
        some.add(user_property{"trace", "0123456789abcdef"});
    }

    publish_packet packet(qos quality, const properties& given) const {
        const std::uint16_t id = quality == qos::at_most_once ? 0 : 1234;
        return {false, quality, false, id, topic, given, payload};
    }
};

void measure_decoding(std::size_t packets) {
    const publishes small(64);
    const auto publish = [&](const char* what, const publish_packet& one, protocol_version version
                         ) {
        measure_reading(what, packets, read_of(one, version), [version](const mqtt::frame& frame) {
            return mqtt::decode_publish(frame, version);
        });
    };
    const auto v3 = protocol_version::v3_1_1;
    const auto v5 = protocol_version::v5_0;
    const std::string pings = read_of(pingreq_packet{}, v3);
    measure_reading("frame PINGREQ", packets, pings, [](const mqtt::frame& frame) {
        return frame;
    });
    publish(
        "frame, decode PUBLISH 64 B, 3.1.1 QoS 0", small.packet(qos::at_most_once, small.none), v3
    );
    publish(
        "frame, decode PUBLISH 64 B, 3.1.1 QoS 1", small.packet(qos::at_least_once, small.none), v3
    );
    publish(
        "frame, decode PUBLISH 64 B, 5.0 QoS 1", small.packet(qos::at_least_once, small.none), v5
    );
    publish("  with 2 properties", small.packet(qos::at_least_once, small.some), v5);
    const std::string acks = read_of(puback_packet{1234}, v5);
    measure_reading("frame, decode PUBACK", packets, acks, [v5](const mqtt::frame& frame) {
        return mqtt::decode_ack(frame, v5);
    });
}

void measure_encoding(std::size_t packets) {
    std::string out;
    const auto write = [&](const char* what, auto append) {
        measure(what, packets, [&] {
            out.clear();
            for (std::size_t count = 0; count < packets_a_read; ++count) {
                append();
            }
            used(out);
        });
    };
    const auto publish =
        [&](const char* what, std::size_t payload, protocol_version version, bool with) {
            const publishes one(payload);
            const auto message = mqtt::make_routed_message(
                {.topic = one.topic,
                 .payload = one.payload,
                 .properties = with ? one.some.wire() : "",
                 .publisher = "device-123"}
            );
            mqtt::delivery how{.packet_id = 7, .quality = qos::at_least_once};
            if (with) {
                how.message_expiry_interval = 60;
            }
            write(what, [&, version] { mqtt::append_publish(out, *message, how, version); });
        };
    publish("append PUBLISH 64 B, 3.1.1", 64, protocol_version::v3_1_1, false);
    publish("append PUBLISH 64 B, 5.0", 64, protocol_version::v5_0, false);
    publish("  with 2 properties and expiry", 64, protocol_version::v5_0, true);
    publish("append PUBLISH 1 KiB, 5.0", 1024, protocol_version::v5_0, false);
    write("append PUBACK", [&] { mqtt::append_ack(out, packet_type::puback, 1234); });
}

void measure_routing(std::size_t packets) {
    const publishes one(64);
    measure("make a routed message of 64 B, and free it", packets, [&] {
        for (std::size_t count = 0; count < packets_a_read; ++count) {
            const auto message = mqtt::make_routed_message(
                {.topic = one.topic,
                 .payload = one.payload,
                 .properties = {},
                 .publisher = "device-123"}
            );
            used(message);
        }
    });
}

}  // namespace

int main(int count, char** words) {
    const std::size_t packets = count > 1 ? std::strtoul(words[1], nullptr, 10) : 6'400;
    measure_decoding(packets);
    measure_encoding(packets);
    measure_routing(packets);
    return 0;
}
