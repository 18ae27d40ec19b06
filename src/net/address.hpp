// The address of a peer, in 20 bytes: a connection keeps one for as long as it lives, so its text
// is made only when somebody reads it. A plain value.
#pragma once

#include <lmqtt/network.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

struct sockaddr;

namespace lmqtt::net {

enum class address_family : std::uint8_t { none, unix_socket, ipv4, ipv6 };

class address {
public:
    using bytes = std::array<std::uint8_t, 16>;

    address() = default;

    /// From what the kernel says. An IPv4 address in IPv6 clothes (::ffff:192.0.2.1) becomes the
    /// IPv4 address it is, so that rules and limits see one peer, not two.
    [[nodiscard]] static address from_native(const sockaddr& native) noexcept;

    [[nodiscard]] address_family family() const noexcept { return family_; }

    /// From "192.0.2.1" or "2001:db8::1"; family none if the text is neither.
    [[nodiscard]] static address from_text(const std::string& host, std::uint16_t port = 0);

    /// Whether one of the networks has it.
    [[nodiscard]] bool is_in(std::span<const lmqtt::network> networks) const noexcept;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// 4 bytes used by IPv4, 16 by IPv6, none otherwise; the rest is zero.
    [[nodiscard]] const bytes& raw() const noexcept { return bytes_; }

    [[nodiscard]] bool is_loopback() const noexcept;

    /// "192.0.2.1", "2001:db8::1", "unix"
    [[nodiscard]] std::string host() const;

    /// "192.0.2.1:52011", "[2001:db8::1]:52011", "unix"
    [[nodiscard]] std::string text() const;

    /// Who is counted as one: the address itself for IPv4, its /64 for IPv6, because that is the
    /// least a single customer is given. Without the port.
    [[nodiscard]] address network() const noexcept;

    friend bool operator==(const address&, const address&) = default;

private:
    bytes bytes_{};
    std::uint16_t port_ = 0;
    address_family family_ = address_family::none;
};

struct address_hash {
    [[nodiscard]] std::size_t operator()(const address& of) const noexcept;
};

}  // namespace lmqtt::net
