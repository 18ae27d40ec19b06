// An address or a network as a configuration writes it: "192.0.2.10", "192.0.2.0/24",
// "2001:db8::/32". Pure text and bits: nothing is resolved.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace lmqtt {

/// What "::ffff:192.0.2.1" begins with, an IPv4 address in IPv6 clothes: ::ffff:0:0/96.
inline constexpr std::array<std::uint8_t, 12> ipv4_mapped_prefix = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

inline bool is_ipv4_mapped(const std::array<std::uint8_t, 16>& address) {
    return std::equal(ipv4_mapped_prefix.begin(), ipv4_mapped_prefix.end(), address.begin());
}

struct network {
    std::array<std::uint8_t, 16> bytes{};  ///< 4 used by IPv4; no bit set behind the prefix
    unsigned prefix_bits = 0;
    bool is_v6 = false;

    /// Whether the network has this address: 4 bytes of IPv4, or 16 of IPv6.
    bool contains(std::span<const std::uint8_t> address) const {
        if (address.size() != (is_v6 ? 16U : 4U)) {
            return false;
        }
        const std::size_t whole = prefix_bits / 8;
        if (!std::equal(bytes.begin(), bytes.begin() + whole, address.begin())) {
            return false;
        }
        const unsigned rest = prefix_bits % 8;
        const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
        return rest == 0 || (address[whole] & mask) == bytes[whole];
    }

    friend bool operator==(const network&, const network&) = default;
};

/// The IPv4 network behind "::ffff:192.0.2.0/120", which is what addresses of that kind are seen
/// as.
inline network unmapped(const network& of) {
    if (!of.is_v6 || of.prefix_bits < 96 || !is_ipv4_mapped(of.bytes)) {
        return of;
    }
    network result;
    std::copy(of.bytes.begin() + 12, of.bytes.end(), result.bytes.begin());
    result.prefix_bits = of.prefix_bits - 96;
    return result;
}

/// Nothing if the text is neither, or has bits set behind its prefix, which is a slip of the pen.
inline std::optional<network> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string host(text.substr(0, slash));
    network result;
    result.is_v6 = host.find(':') != std::string::npos;
    if (inet_pton(result.is_v6 ? AF_INET6 : AF_INET, host.c_str(), result.bytes.data()) != 1) {
        return std::nullopt;
    }
    const unsigned all_bits = result.is_v6 ? 128 : 32;
    result.prefix_bits = all_bits;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const char* const end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, result.prefix_bits);
        if (digits.empty() || error != std::errc{} || stop != end ||
            result.prefix_bits > all_bits) {
            return std::nullopt;
        }
    }
    network masked = result;
    for (unsigned bit = result.prefix_bits; bit < all_bits; ++bit) {
        masked.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
    }
    return masked == result ? std::optional(unmapped(result)) : std::nullopt;
}

}  // namespace lmqtt
