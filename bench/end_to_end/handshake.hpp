// Brings many links to the point where the measurement starts: connected, greeted, subscribed.
// Each call takes over loop.on, returns when all are done, and throws when a broker refuses or
// makes no progress for 30 s.
#pragma once

#include "end_to_end/loop.hpp"
#include "end_to_end/options.hpp"
#include "wire/wire.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

struct wish {
    link* from;
    std::string filter;
};

std::string numbered(const char* before, std::uint32_t number, const char* after = "");
// A loopback address per 4000 connections, so that the ports last; 0 for other brokers.
std::uint32_t source_address(const sockaddr_in& broker, std::uint32_t connection);

// Turns until `done`, or throws with `what` when `progress` stands still.
void turn_until(
    loop& reactor,
    const char* what,
    const std::function<bool()>& done,
    const std::function<std::uint64_t()>& progress
);

// Returns the smallest Receive Maximum that was announced.
std::uint16_t connect_all(loop& reactor, const options& chosen, const std::vector<link*>& links);
void subscribe_all(
    loop& reactor, protocol version, std::uint8_t quality, const std::vector<wish>& wishes
);

}  // namespace bench
