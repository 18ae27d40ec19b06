// What one run shall do: a shape's usual numbers, each of which the command line may replace.
#pragma once

#include "wire/wire.hpp"

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/types.h>

namespace bench {

enum class kind : std::uint8_t { traffic, idle, storm };

struct options {
    std::string shape = "sparse";
    kind what = kind::traffic;
    sockaddr_in broker{};
    pid_t process = 0;  // the broker's; 0: unknown, so no CPU time and no memory are reported
    protocol version = protocol::v3_1_1;
    std::uint8_t quality = 0;
    std::uint32_t publishers = 0;
    std::uint32_t receivers = 0;
    std::uint32_t window = 0;  // messages of one publisher on their way
    double rate = 0;           // messages a second over all publishers; 0: as fast as acknowledged
    std::uint32_t connections = 0;
    bool subscribes = false;  // idle: each connection has a subscription of its own
    bool lasting = false;     // sessions outlive their connections
    bool offline = false;     // and receivers leave once they have subscribed
    std::size_t payload_size = 64;
    double seconds = 3;
    double warm_up_seconds = 0.5;
    double stall_seconds = 3;  // nothing arrived for this long: what is missing is lost
    int core = -1;             // pin the generator to this core
    bool json = false;
};

// Nothing after --help or a wrong argument (then already explained), with the exit code in `code`.
std::optional<options> read_options(int argc, char** argv, int& code);

}  // namespace bench
