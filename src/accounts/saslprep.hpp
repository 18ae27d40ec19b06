// SASLprep (RFC 4013): user names and passwords that look the same to people made the same bytes,
// and those that people cannot tell apart or type refused. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmqtt::accounts {

/// What becomes of code points that Unicode 3.2 does not know (RFC 3454, 7): a name that is looked
/// up may have them, what is kept may not.
enum class prepared_as : std::uint8_t { query, stored };

/// Nothing: the text is no UTF-8, has something prohibited or mixes directions, or nothing is left
/// of it.
std::optional<std::string> saslprep(std::string_view text, prepared_as what);

}  // namespace lmqtt::accounts
