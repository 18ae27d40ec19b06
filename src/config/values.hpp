// The value of one key between its TOML spelling and a setting: read, checked, printed, explained.
// Pure functions over the key table.
#pragma once

#include "config/document.hpp"
#include "config/keys.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

namespace lmqtt::config_file {

/// What was wrong with a value, and what was expected in its place.
struct complaint {
    std::string message;
};

/// Relative paths are taken from `folder`.
std::variant<setting, complaint>
read_value(const key& row, const node& written, const std::filesystem::path& folder);

/// As it would be written in the file; an empty field that has no word is printed as nothing.
std::string print_value(const key& row, const setting& value);

/// As a TOML string.
std::string in_quotes(std::string_view text);

/// What the key accepts, for a message or a document: `an integer from 1 to 64, or "auto"`.
std::string expected(const key& row);

}  // namespace lmqtt::config_file
