#include "accounts/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <span>

namespace lmqtt::accounts {

namespace {

constexpr address_bytes ipv4_beginning{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_ipv4(const address_bytes& address) {
    return std::equal(address.begin(), address.begin() + 12, ipv4_beginning.begin());
}

// Of "192.0.2.1:1883" and "[2001:db8::1]:1883" the part before the port.
std::string_view host_of(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        return end == std::string_view::npos ? "" : text.substr(1, end - 1);
    }
    const bool has_port = std::ranges::count(text, ':') == 1;
    return has_port ? text.substr(0, text.find(':')) : text;
}

}  // namespace

std::optional<address_bytes> parse_address(std::string_view text) {
    const std::string host(host_of(text));
    address_bytes bytes = ipv4_beginning;
    if (::inet_pton(AF_INET, host.c_str(), bytes.data() + 12) == 1 ||
        ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
        return bytes;
    }
    return std::nullopt;
}

std::string counting_key(const address_bytes& address) {
    const std::ptrdiff_t length = is_ipv4(address) ? 16 : 8;
    return {address.begin(), address.begin() + length};
}

bool is_in(const network& where, const address_bytes& address) {
    const std::span<const std::uint8_t> bytes(address);
    return where.contains(is_ipv4(address) ? bytes.last(4) : bytes);
}

}  // namespace lmqtt::accounts
