// Base64 in the three spellings that password hashes and tokens use (RFC 4648). Decoding is strict:
// bytes have one text, and every other text is refused. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmqtt::base {

enum class base64_kind : std::uint8_t {
    padded,
    unpadded,  // as in the PHC string format
    url,       // the alphabet for URLs, unpadded: RFC 7515
};

std::string to_base64(std::string_view bytes, base64_kind kind = base64_kind::padded);

std::optional<std::string>
from_base64(std::string_view text, base64_kind kind = base64_kind::padded);

}  // namespace lmqtt::base
