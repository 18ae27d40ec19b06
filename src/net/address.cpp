#include "net/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <functional>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>

namespace lmqtt::net {

namespace {

constexpr std::size_t ipv4_size = 4;
constexpr std::size_t network_prefix_size = 8;  // a /64

}  // namespace

address address::from_native(const sockaddr& native) noexcept {
    address result;
    switch (native.sa_family) {
    case AF_UNIX:
        result.family_ = address_family::unix_socket;
        break;
    case AF_INET: {
        sockaddr_in v4{};
        std::memcpy(&v4, &native, sizeof v4);
        result.family_ = address_family::ipv4;
        result.port_ = ntohs(v4.sin_port);
        std::memcpy(result.bytes_.data(), &v4.sin_addr, ipv4_size);
        break;
    }
    case AF_INET6: {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &native, sizeof v6);
        result.port_ = ntohs(v6.sin6_port);
        lmqtt::network host{.prefix_bits = 128, .is_v6 = true};
        std::memcpy(host.bytes.data(), &v6.sin6_addr, host.bytes.size());
        host = unmapped(host);
        result.family_ = host.is_v6 ? address_family::ipv6 : address_family::ipv4;
        result.bytes_ = host.bytes;
        break;
    }
    default:
        break;
    }
    return result;
}

address address::from_text(const std::string& host, std::uint16_t port) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    address result;
    if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        result = from_native(reinterpret_cast<const sockaddr&>(v4));
    } else if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        result = from_native(reinterpret_cast<const sockaddr&>(v6));
    }
    result.port_ = port;
    return result;
}

bool address::is_in(std::span<const lmqtt::network> networks) const noexcept {
    const std::size_t size = family_ == address_family::ipv6 ? bytes_.size() : ipv4_size;
    const bool has_bytes = family_ == address_family::ipv4 || family_ == address_family::ipv6;
    return has_bytes && std::ranges::any_of(networks, [&](const lmqtt::network& each) {
               return each.contains(std::span(bytes_).first(size));
           });
}

bool address::is_loopback() const noexcept {
    switch (family_) {
    case address_family::unix_socket:
        return true;
    case address_family::ipv4:
        return bytes_[0] == 127;
    case address_family::ipv6:
        return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; }) &&
               bytes_.back() == 1;
    case address_family::none:
        break;
    }
    return false;
}

std::string address::host() const {
    if (family_ == address_family::unix_socket) {
        return "unix";
    }
    if (family_ == address_family::none) {
        return "unknown";
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = family_ == address_family::ipv4 ? AF_INET : AF_INET6;
    inet_ntop(family, bytes_.data(), text.data(), text.size());
    return text.data();
}

std::string address::text() const {
    switch (family_) {
    case address_family::ipv4:
        return host() + ':' + std::to_string(port_);
    case address_family::ipv6:
        return '[' + host() + "]:" + std::to_string(port_);
    case address_family::unix_socket:
    case address_family::none:
        break;
    }
    return host();
}

address address::network() const noexcept {
    address result = *this;
    result.port_ = 0;
    if (family_ == address_family::ipv6) {
        std::fill(
            result.bytes_.begin() + network_prefix_size, result.bytes_.end(), std::uint8_t{0}
        );
    }
    return result;
}

std::size_t address_hash::operator()(const address& of) const noexcept {
    std::array<char, sizeof(address::bytes) + 3> all{};
    std::memcpy(all.data(), of.raw().data(), of.raw().size());
    all[16] = static_cast<char>(of.family());
    all[17] = static_cast<char>(of.port() & 0xff);
    all[18] = static_cast<char>(of.port() >> 8);
    return std::hash<std::string_view>{}({all.data(), all.size()});
}

}  // namespace lmqtt::net
