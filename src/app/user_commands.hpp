// `lmqttd user ...`: the accounts changed and shown, while the broker runs or not. Returns what
// there is to print, or throws the failure that tells why it was not done. Main thread.
#pragma once

#include "app/user_arguments.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace lmqtt::app {

/// Asks for a password of at most so many bytes, if the command needs one.
using password_source = std::function<std::string(std::size_t most_bytes)>;

std::string change_accounts(
    const std::optional<std::filesystem::path>& named,
    const user_request& request,
    const password_source& ask
);

}  // namespace lmqtt::app
