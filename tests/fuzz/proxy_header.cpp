// Any bytes as a PROXY header: what has been said of the first of them stays true of more, and a
// header is never longer than its bytes.
#include "net/proxy_header.hpp"

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace lmqtt;
using state = net::proxy_header::state;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    net::proxy_header before;
    for (std::size_t length = 0; length <= size; ++length) {
        const auto found = net::parse_proxy_header(bytes.substr(0, length));
        require(before.is == state::incomplete || found.is == before.is);
        require(
            before.is != state::whole || (found.size == before.size && found.peer == before.peer)
        );
        require(found.is != state::whole || (found.size > 0 && found.size <= length));
        require(found.is != state::incomplete || length < net::longest_proxy_header);
        before = found;
    }
    return 0;
}
