// Password hashes that other programs left behind: mosquitto's, gmqtt's, and those of crypt(3).
// They are checked, never made. Bounded as argon2.hpp says. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lmqtt::accounts {

enum class foreign_scheme : std::uint8_t {
    mosquitto_sha512,  // "$6$salt$hash", both Base64
    mosquitto_pbkdf2,  // "$7$iterations$salt$hash"
    sha512_crypt,      // "$6$salt$hash" and "$6$rounds=N$salt$hash" of crypt(3)
    bcrypt,            // "$2a$", "$2b$", "$2y$"
    md5,               // 32 hexadecimal digits, as gmqtt writes them
    sha256,            // 64
};

/// Nothing if it is none of them, malformed, or asks for too much work.
std::optional<foreign_scheme> foreign_scheme_of(std::string_view stored);

/// False also for what has no scheme.
bool verify_foreign(std::string_view stored, std::string_view password);

}  // namespace lmqtt::accounts
