// mosquitto's password file: a "user:hash" on each line, "#" before comments. A file without a user
// is a sound file: nobody can log in by it. Pure.
#pragma once

#include "accounts/credentials.hpp"

namespace lmqtt::accounts {

/// A password in plain text is a problem, and so is a hash that cannot be checked.
credentials parse_password_file(std::string_view text);

}  // namespace lmqtt::accounts
