// Any bytes as Base64 and as what is encoded: bytes have one text in each spelling, and every other
// text is refused.
#include "base/base64.hpp"

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace lmqtt::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(data, data + size);
    for (const base64_kind kind : {base64_kind::padded, base64_kind::unpadded, base64_kind::url}) {
        require(from_base64(to_base64(input, kind), kind) == input);
        if (const auto bytes = from_base64(input, kind)) {
            require(to_base64(*bytes, kind) == input);
        }
    }
    return 0;
}
