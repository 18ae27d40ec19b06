// The commands around the database: lmqttd backup, verify, restore, migrate. Each returns what
// there is to print, or throws the failure that tells why it was not done. Main thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lmqtt::app {

using file_name = std::optional<std::filesystem::path>;  // -c

std::string back_up_state(const file_name& named, const std::string& to, bool force);

/// The configured database, or the one at `path`, which needs no configuration.
std::string verify_state(const file_name& named, const std::optional<std::string>& path);

std::string restore_state(const file_name& named, const std::string& from);

/// With `only_check` nothing is done, and a failure tells what would be.
std::string migrate_state(const file_name& named, bool only_check);

}  // namespace lmqtt::app
