// The written address of a listener, taken apart: "host:port", "[::1]:1883", ":1883", "unix:/path".
// Pure text: nothing is resolved, so a host name other than localhost counts as reachable from
// outside.
#pragma once

#include <lmqtt/network.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace lmqtt {

struct listen_address {
    std::string host;  ///< empty: all addresses; IPv6 without its brackets
    std::uint16_t port = 0;
    std::string path;  ///< of a UNIX socket; empty for TCP

    bool is_unix() const { return !path.empty(); }

    friend bool operator==(const listen_address&, const listen_address&) = default;
};

/// The port number at the end of an address: 0 lets the system choose a free one.
inline std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    if (text.empty() || error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return port;
}

/// Nothing if the text is no address of a listener.
inline std::optional<listen_address> parse_listen_address(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    constexpr std::size_t longest_unix_path = 107;  // sockaddr_un::sun_path with its NUL
    if (text.starts_with(unix_prefix)) {
        const std::string_view path = text.substr(unix_prefix.size());
        if (path.empty() || path.size() > longest_unix_path) {
            return std::nullopt;
        }
        return listen_address{.host = {}, .port = 0, .path = std::string(path)};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
    std::string host(text.substr(0, colon));
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
        std::array<unsigned char, 16> ignored{};
        if (inet_pton(AF_INET6, host.c_str(), ignored.data()) != 1) {
            return std::nullopt;
        }
    } else if (host.find_first_of(":[]/ \t\r\n") != std::string::npos) {
        return std::nullopt;
    }
    if (!port) {
        return std::nullopt;
    }
    return listen_address{.host = std::move(host), .port = *port, .path = {}};
}

/// True if only programs on this machine can reach the address.
inline bool is_local(const listen_address& address) {
    if (address.is_unix() || address.host == "localhost") {
        return true;
    }
    std::array<std::uint8_t, 4> v4{};
    if (inet_pton(AF_INET, address.host.c_str(), v4.data()) == 1) {
        return v4[0] == 127;
    }
    constexpr std::array<std::uint8_t, 16> loopback = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    std::array<std::uint8_t, 16> v6{};
    if (inet_pton(AF_INET6, address.host.c_str(), v6.data()) != 1) {
        return false;
    }
    return v6 == loopback || (is_ipv4_mapped(v6) && v6[ipv4_mapped_prefix.size()] == 127);
}

}  // namespace lmqtt
