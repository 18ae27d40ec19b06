// Durations ("20s", "2h", "7d") and sizes ("64KiB") as text and as numbers. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmqtt::config_file {

/// Milliseconds; nothing if the text is no duration or too long to count.
std::optional<std::int64_t> parse_duration(std::string_view text);
/// The shortest exact spelling.
std::string print_duration(std::int64_t milliseconds);

/// Bytes; nothing if the text is no size or too large to count.
std::optional<std::int64_t> parse_size(std::string_view text);
/// With a unit if it is exact, else the plain number.
std::string print_size(std::int64_t bytes);

}  // namespace lmqtt::config_file
