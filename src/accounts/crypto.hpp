// The few primitives of this room, over OpenSSL and the kernel's random numbers. Bytes in, bytes
// out. Any thread may call them. They throw std::runtime_error if the library refuses, which is no
// fault of the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lmqtt::accounts {

enum class digest_kind : std::uint8_t { md5, sha256, sha512 };

std::string digest(digest_kind kind, std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);

struct pbkdf2_terms {
    digest_kind kind;
    std::string_view salt;
    std::uint32_t iterations;
    std::size_t length;
};

std::string pbkdf2(std::string_view password, const pbkdf2_terms& terms);

/// From getrandom(2).
std::string random_bytes(std::size_t count);

/// In a time that says nothing about where they differ.
bool same_bytes(std::string_view left, std::string_view right);

/// Overwrites a secret that is no longer needed.
void wipe(std::string& secret) noexcept;

/// A secret of a function, overwritten at its end.
class wiped {
public:
    explicit wiped(std::string_view secret)
        : text(secret) {}

    wiped(const wiped&) = delete;
    wiped& operator=(const wiped&) = delete;

    ~wiped() { wipe(text); }

    std::string text;
};

}  // namespace lmqtt::accounts
