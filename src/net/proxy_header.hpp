// The header of the PROXY protocol, versions 1 and 2, with which a proxy says whose connection it
// passes on (haproxy.org, proxy-protocol.txt). A pure function over the bytes so far.
#pragma once

#include "net/address.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace lmqtt::net {

/// Longer ones are malformed: nobody sends so many extensions.
inline constexpr std::size_t longest_proxy_header = 4 * 1024;

struct proxy_header {
    enum class state { incomplete, malformed, whole };

    state is = state::incomplete;
    std::size_t size = 0;         ///< of a whole header
    std::optional<address> peer;  ///< empty: the proxy speaks for itself, or does not know
};

/// Says malformed as soon as no bytes that follow could make it a header.
[[nodiscard]] proxy_header parse_proxy_header(std::string_view bytes);

}  // namespace lmqtt::net
