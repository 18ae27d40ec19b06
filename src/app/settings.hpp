// Which configuration file counts, and what it says: the same for start, check and reload.
#pragma once

#include "config/load.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace lmqtt::app {

inline constexpr const char* usual_file = "/etc/lmqtt/lmqttd.toml";

/// The file named on the command line, else the usual one if it exists; nothing: built-in defaults.
/// Throws failure (no_input) if nobody can tell whether it exists: defaults in place of somebody's
/// rules would open what these close.
std::optional<std::filesystem::path> choose_file(
    const std::optional<std::filesystem::path>& named,
    const std::filesystem::path& usual = usual_file
);

/// Reads it, and checks against this machine, too: the user must exist.
config_file::loaded read_settings(const std::optional<std::filesystem::path>& file);

/// Makes the folder of the database, if it is the one that is used when nobody has named another.
/// Throws failure.
void make_state_folder(const std::filesystem::path& database);

/// All problems, a line each.
std::string
problem_lines(const config_file::loaded& result, const std::optional<std::filesystem::path>& file);

/// The settings, or a failure that tells all problems.
config require_settings(const std::optional<std::filesystem::path>& file);

/// `lmqttd check`: the line to print if all is well; otherwise the failure that start would end
/// with.
std::string check_settings(const std::optional<std::filesystem::path>& named);

}  // namespace lmqtt::app
