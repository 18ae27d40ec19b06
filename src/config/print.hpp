// A whole config as the text of a file that gives the same config again. Pure functions.
#pragma once

#include <lmqtt/config.hpp>

#include <cstdint>
#include <string>

namespace lmqtt::config_file {

enum class printed_keys : std::uint8_t { all, unlike_default };

/// TOML, without comments. Keys that are not written and have no word for it are left out; the
/// origins of rules are lost.
std::string print_config(const config& what, printed_keys which);

}  // namespace lmqtt::config_file
