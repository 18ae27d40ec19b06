#include "net/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace lmqtt::net {

namespace {

using state = proxy_header::state;

constexpr std::string_view v1_beginning = "PROXY ";
constexpr std::size_t longest_v1 = 107;
constexpr std::string_view v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t v2_head = 16;  // signature, version and command, family, length

constexpr proxy_header malformed{.is = state::malformed, .size = 0, .peer = {}};

bool begins_like(std::string_view bytes, std::string_view wanted) {
    const std::size_t size = std::min(bytes.size(), wanted.size());
    return bytes.substr(0, size) == wanted.substr(0, size);
}

// The next word up to one space; the rest stays in `line`.
std::string_view take_word(std::string_view& line) {
    const std::size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
    return word;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    const bool has_zero_in_front = text.size() > 1 && text.front() == '0';
    if (text.empty() || error != std::errc{} || stop != end || has_zero_in_front) {
        return std::nullopt;
    }
    return port;
}

// "TCP4 192.0.2.1 198.51.100.1 49152 1883", or "UNKNOWN" and anything.
proxy_header parse_v1(std::string_view bytes) {
    const std::size_t end = bytes.substr(0, longest_v1).find("\r\n");
    if (end == std::string_view::npos) {
        return bytes.size() < longest_v1 ? proxy_header{} : malformed;
    }
    proxy_header header{.is = state::whole, .size = end + 2, .peer = {}};
    std::string_view line = bytes.substr(0, end).substr(v1_beginning.size());
    const std::string_view protocol = take_word(line);
    if (protocol == "UNKNOWN") {
        return header;
    }
    const std::string_view source = take_word(line);
    const std::string_view destination = take_word(line);
    const auto source_port = port_of(take_word(line));
    const auto destination_port = port_of(take_word(line));
    const bool ends_well = line.empty() && bytes[end - 1] != ' ';
    if (!ends_well || !source_port || !destination_port) {
        return malformed;
    }
    const address from = address::from_text(std::string(source), *source_port);
    const address to = address::from_text(std::string(destination), *destination_port);
    // An IPv4 address in IPv6 clothes is allowed to TCP6, and read as what it is.
    const bool is_v4 = protocol == "TCP4" && source.find(':') == std::string_view::npos;
    const bool is_v6 = protocol == "TCP6" && source.find(':') != std::string_view::npos;
    if ((!is_v4 && !is_v6) || from.family() == address_family::none ||
        to.family() == address_family::none) {
        return malformed;
    }
    header.peer = from;
    return header;
}

std::uint16_t two_bytes(std::string_view bytes, std::size_t at) {
    const auto high = static_cast<std::uint8_t>(bytes[at]);
    const auto low = static_cast<std::uint8_t>(bytes[at + 1]);
    return static_cast<std::uint16_t>(high << 8 | low);
}

// Type, two bytes of length, value: they must fill what is left exactly.
bool are_extensions(std::string_view bytes) {
    constexpr std::size_t head = 3;
    while (!bytes.empty()) {
        if (bytes.size() < head || bytes.size() - head < two_bytes(bytes, 1)) {
            return false;
        }
        bytes.remove_prefix(head + two_bytes(bytes, 1));
    }
    return true;
}

address v4_of(std::string_view addresses) {
    sockaddr_in native{};
    native.sin_family = AF_INET;
    std::memcpy(&native.sin_addr, addresses.data(), 4);
    std::memcpy(&native.sin_port, addresses.data() + 8, 2);
    return address::from_native(reinterpret_cast<const sockaddr&>(native));
}

address v6_of(std::string_view addresses) {
    sockaddr_in6 native{};
    native.sin6_family = AF_INET6;
    std::memcpy(&native.sin6_addr, addresses.data(), 16);
    std::memcpy(&native.sin6_port, addresses.data() + 32, 2);
    return address::from_native(reinterpret_cast<const sockaddr&>(native));
}

proxy_header parse_v2(std::string_view bytes) {
    constexpr std::array<std::size_t, 4> sizes = {0, 12, 36, 216};  // unspec, v4, v6, unix
    if (bytes.size() < v2_head) {
        return {};
    }
    const auto command = static_cast<std::uint8_t>(bytes[12]);
    const auto family = static_cast<std::uint8_t>(bytes[13]);
    const std::size_t length = two_bytes(bytes, 14);
    const bool is_local = command == 0x20;
    if ((!is_local && command != 0x21) || family >> 4 > 3 || (family & 0xf) > 2 ||
        v2_head + length > longest_proxy_header) {
        return malformed;
    }
    if (bytes.size() < v2_head + length) {
        return {};
    }
    proxy_header header{.is = state::whole, .size = v2_head + length, .peer = {}};
    const std::string_view content = bytes.substr(v2_head, length);
    if (is_local) {
        return header;  // what follows is to be ignored
    }
    const std::size_t size = sizes[family >> 4];
    if (content.size() < size || !are_extensions(content.substr(size))) {
        return malformed;
    }
    if (family == 0x11) {
        header.peer = v4_of(content);
    } else if (family == 0x21) {
        header.peer = v6_of(content);
    }
    return header;
}

}  // namespace

proxy_header parse_proxy_header(std::string_view bytes) {
    if (bytes.empty()) {
        return {};
    }
    const bool may_be_v1 = begins_like(bytes, v1_beginning);
    const bool may_be_v2 = begins_like(bytes, v2_signature);
    if (!may_be_v1 && !may_be_v2) {
        return malformed;
    }
    if (bytes.size() < (may_be_v1 ? v1_beginning.size() : v2_signature.size())) {
        return {};
    }
    return may_be_v1 ? parse_v1(bytes) : parse_v2(bytes);
}

}  // namespace lmqtt::net
