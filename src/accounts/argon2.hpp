// Argon2 hashes in the PHC string format, "$argon2id$v=19$m=19456,t=2,p=1$salt$tag", computed by
// libargon2 on the caller's thread. What a text asks for is bounded: a hostile password file must
// not cost gigabytes or minutes. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmqtt::accounts {

struct argon2_terms {
    bool data_independent = false;  // Argon2i, else Argon2id
    std::uint32_t version = 19;
    std::uint32_t memory_kib = 0;
    std::uint32_t passes = 0;
    std::uint32_t lanes = 1;

    friend bool operator==(const argon2_terms&, const argon2_terms&) = default;
};

struct argon2_hash {
    argon2_terms terms;
    std::string salt;
    std::string tag;
};

/// Nothing if it is no such text, or asks for more than 64 MiB, 16 passes, 8 lanes, or 512 MiB to
/// be filled in all.
std::optional<argon2_hash> parse_argon2(std::string_view text);

std::string to_text(const argon2_hash& hash);

/// The tag of `length` bytes that a password has. Throws std::bad_alloc if there is no memory.
std::string argon2_tag(
    const argon2_terms& terms, std::string_view salt, std::string_view password, std::size_t length
);

}  // namespace lmqtt::accounts
