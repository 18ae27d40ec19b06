// Any text through SASLprep: what may be kept may be looked up as the same, and what was prepared
// is well-formed, has nothing left to prepare, and no control characters.
#include "accounts/saslprep.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

using namespace lmqtt::accounts;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + std::min<std::size_t>(size, 1024));
    const auto looked_up = saslprep(text, prepared_as::query);
    const auto kept = saslprep(text, prepared_as::stored);
    require(!kept || kept == looked_up);
    if (!looked_up) {
        return 0;
    }
    require(!looked_up->empty());
    require(std::ranges::none_of(*looked_up, [](char c) {
        return (c >= 0 && c < 0x20) || c == 0x7f;
    }));
    const auto again = saslprep(*looked_up, prepared_as::query);
    require(!again || again == looked_up);
    return 0;
}
