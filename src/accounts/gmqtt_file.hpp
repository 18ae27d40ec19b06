// The password file of gmqtt's auth plugin, as far as it writes one: a YAML list of "username" and
// "password", the password in whichever form the plugin's "hash" setting names. Pure.
#pragma once

#include "accounts/credentials.hpp"

namespace lmqtt::accounts {

/// The secrets are as the file has them: what is_password_hash() does not know is a plain password.
/// An account without one is a problem: gmqtt would let everybody in who knows the name.
credentials parse_gmqtt_file(std::string_view text);

}  // namespace lmqtt::accounts
