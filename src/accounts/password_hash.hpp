// Password hashes: Argon2id is made, and many kinds are checked. A stored hash is a text that says
// itself what it is. Making and checking take tens of milliseconds and megabytes by intention: call
// them from a thread that may wait. Pure but for the salt.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lmqtt::accounts {

/// What new hashes cost. The two are worth the same to an attacker.
enum class hash_profile : std::uint8_t {
    argon2id,       // 2 passes over 19 MiB
    argon2id_edge,  // 5 passes over 7 MiB, for small boards
};

/// "$argon2id$..." with a salt of its own. Throws std::bad_alloc, and std::system_error if there
/// are no random numbers.
std::string hash_password(std::string_view password, hash_profile profile);

/// A hash that no password has, and that costs as much to check as any of the profile: what an
/// unknown user is checked against.
std::string impossible_hash(hash_profile profile);

/// Whether it is a hash that can be checked: known, well-formed, and not too expensive.
bool is_password_hash(std::string_view stored);

/// Compares in constant time. False for what is no hash. Throws std::bad_alloc.
bool verify_password(std::string_view stored, std::string_view password);

/// Whether it is of a kind that hash_password() makes.
bool is_own_hash(std::string_view stored);

/// False if the hash fits other passwords as well, that begin like this one: bcrypt's ends early.
bool says_all_of(std::string_view stored, std::string_view password);

/// Equal for hashes that cost as much to check; empty if that is next to nothing. Part of `stored`.
std::string_view cost_of(std::string_view stored);

/// Whether the password, once known, should be hashed anew: another kind, or other costs.
bool needs_rehash(std::string_view stored, hash_profile profile);

}  // namespace lmqtt::accounts
