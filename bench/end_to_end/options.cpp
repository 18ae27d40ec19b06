#include "end_to_end/options.hpp"

#include "end_to_end/payload.hpp"

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <array>
#include <stdexcept>

namespace bench {

namespace {

struct shape_numbers {
    const char* name;
    kind what;
    std::uint32_t publishers;
    std::uint32_t receivers;
    std::uint32_t window;
    double rate;
    std::uint32_t connections;
};

constexpr std::array shapes{
    shape_numbers{"sparse", kind::traffic, 200, 200, 1, 0, 0},
    shape_numbers{"batched", kind::traffic, 100, 100, 16, 0, 0},
    shape_numbers{"fan-out", kind::traffic, 1, 1000, 4, 0, 0},
    shape_numbers{"fan-in", kind::traffic, 200, 1, 4, 0, 0},
    shape_numbers{"paced", kind::traffic, 100, 100, 64, 10'000, 0},
    shape_numbers{"idle", kind::idle, 0, 0, 0, 0, 5000},
    shape_numbers{"storm", kind::storm, 0, 0, 0, 0, 64},
};

const shape_numbers& shape_named(const std::string& name) {
    for (const auto& each : shapes) {
        if (name == each.name) {
            return each;
        }
    }
    throw CLI::ValidationError("--shape", "unknown shape '" + name + "'");
}

// The command line's own numbers win; where it says nothing (0), the shape's hold.
void fill_from_shape(options& chosen) {
    const auto& numbers = shape_named(chosen.shape);
    const auto fill = [](auto& value, auto usual) {
        if (value == 0) {
            value = usual;
        }
    };
    chosen.what = numbers.what;
    fill(chosen.publishers, numbers.publishers);
    fill(chosen.receivers, numbers.receivers);
    fill(chosen.window, numbers.window);
    fill(chosen.rate, numbers.rate);
    fill(chosen.connections, numbers.connections);
    chosen.lasting = chosen.lasting || chosen.offline;
}

}  // namespace

std::optional<options> read_options(int argc, char** argv, int& code) {
    options chosen;
    std::string host = "127.0.0.1";
    std::uint16_t port = 1883;
    int version = 4;
    CLI::App command{"Loads an MQTT broker, verifies every message, and reports what it cost."};
    command.add_option("--host", host, "IPv4 address of the broker")->capture_default_str();
    command.add_option("--port", port)->capture_default_str();
    command.add_option("--pid", chosen.process, "the broker's process, for CPU time and memory");
    command.add_option(
        "--shape", chosen.shape, "sparse, batched, fan-out, fan-in, paced, idle or storm"
    );
    command.add_option("--version", version, "4 (3.1.1) or 5")->check(CLI::IsMember({4, 5}));
    command.add_option("--qos", chosen.quality)->check(CLI::Range(0, 2));
    command.add_option("--publishers", chosen.publishers);
    command.add_option("--receivers", chosen.receivers);
    command.add_option("--window", chosen.window, "messages in flight per publisher")
        ->check(CLI::Range(1, 65535));
    command.add_option("--rate", chosen.rate, "messages a second in total");
    command.add_option("--connections", chosen.connections, "idle, or at once in a storm");
    command.add_flag("--subscribe", chosen.subscribes, "idle connections subscribe to a topic");
    command.add_flag("--lasting", chosen.lasting, "sessions outlive their connections");
    command.add_flag("--offline", chosen.offline, "lasting, and receivers leave after subscribing");
    command.add_option("--payload", chosen.payload_size, "bytes")
        ->check(CLI::Range(payload_format::smallest, std::size_t{1} << 20));
    command.add_option("--seconds", chosen.seconds)->check(CLI::PositiveNumber);
    command.add_option("--warm-up", chosen.warm_up_seconds)->check(CLI::NonNegativeNumber);
    command.add_option("--stall-seconds", chosen.stall_seconds)->check(CLI::PositiveNumber);
    command.add_option("--core", chosen.core, "pin the generator to this core");
    command.add_flag("--json", chosen.json, "one JSON object instead of lines");
    try {
        command.parse(argc, argv);
        fill_from_shape(chosen);
    } catch (const CLI::ParseError& error) {
        code = command.exit(error);
        return std::nullopt;
    }
    chosen.version = static_cast<protocol>(version);
    chosen.broker.sin_family = AF_INET;
    chosen.broker.sin_port = htons(port);
    if (inet_pton(AF_INET, host.c_str(), &chosen.broker.sin_addr) != 1) {
        throw std::runtime_error("'" + host + "' is not an IPv4 address");
    }
    return chosen;
}

}  // namespace bench
