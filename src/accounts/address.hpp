// Addresses as texts say them, for bans and for counting failures: knows no sockets. Pure.
#pragma once

#include <lmqtt/network.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmqtt::accounts {

/// IPv4 as ::ffff:192.0.2.1, so that both spellings of one peer are one.
using address_bytes = std::array<std::uint8_t, 16>;

/// "192.0.2.1", "2001:db8::1"; also with a port: "192.0.2.1:1883", "[2001:db8::1]:1883". Nothing
/// for everything else, as for "unix".
std::optional<address_bytes> parse_address(std::string_view text);

/// Who is counted as one: an IPv4 address, or the /64 of IPv6, because that is the least a single
/// customer is given.
std::string counting_key(const address_bytes& address);

/// Whether the network has it.
bool is_in(const network& where, const address_bytes& address);

}  // namespace lmqtt::accounts
