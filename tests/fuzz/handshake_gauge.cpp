// Any bytes as the clear part of a TLS handshake: it makes no difference in how many pieces they
// arrive.
#include "net/handshake_gauge.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

using lmqtt::net::handshake_gauge;
using verdict = handshake_gauge::verdict;

namespace {

verdict in_pieces(std::span<const char> wire, std::size_t piece, bool is_1_2) {
    handshake_gauge gauge;
    verdict said = verdict::allowed;
    while (!wire.empty() && said == verdict::allowed) {
        const std::size_t size = std::min(piece, wire.size());
        said = gauge.look_at(wire.first(size), is_1_2);
        wire = wire.subspan(size);
    }
    return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const char> wire(reinterpret_cast<const char*>(data), size);
    for (const bool is_1_2 : {false, true}) {
        const verdict whole = in_pieces(wire, size + 1, is_1_2);
        require(in_pieces(wire, 1, is_1_2) == whole);
        require(in_pieces(wire, 7, is_1_2) == whole);
    }
    return 0;
}
