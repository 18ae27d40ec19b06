// Characters in UTF-8, well-formed by table 3-7 of the Unicode standard. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace lmqtt::base {

/// How many bytes the character at the front of `text`, which is not empty, takes; 0 if it is
/// ill-formed or cut off.
[[nodiscard]] std::size_t utf8_character_size(std::string_view text);

/// True if `text` is characters from beginning to end, U+0000 among them or not.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace lmqtt::base
