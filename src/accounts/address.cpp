#include "accounts/address.hpp"

#include "accounts/fields.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace lmqtt::accounts {

namespace {

constexpr address_bytes ipv4_beginning{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned ipv4_beginning_bits = 96;

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

std::optional<address_range> address_range::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto first = parse_address(text.substr(0, slash));
    if (!first || text.starts_with('[')) {
        return std::nullopt;
    }
    address_range range;
    range.first_ = *first;
    if (slash == std::string_view::npos) {
        return range;
    }
    const bool spelled_as_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const unsigned before = spelled_as_ipv4 ? ipv4_beginning_bits : 0;
    const auto bits = decimal<unsigned>(text.substr(slash + 1));
    if (!bits || *bits > 128 - before) {
        return std::nullopt;
    }
    range.bits_ = before + *bits;
    return range;
}

bool address_range::contains(const address_bytes& address) const {
    const unsigned whole = bits_ / 8;
    const auto differ = std::mismatch(address.begin(), address.end(), first_.begin());
    const auto same = static_cast<unsigned>(differ.first - address.begin());
    if (same >= whole && bits_ % 8 == 0) {
        return true;
    }
    const auto shift = 8 - bits_ % 8;
    return same >= whole && (address[whole] >> shift) == (first_[whole] >> shift);
}

}  // namespace lmqtt::accounts
