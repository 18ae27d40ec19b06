#include "accounts/foreign_hash.hpp"

#include "accounts/crypto.hpp"
#include "accounts/fields.hpp"
#include "base/base64.hpp"

#include <algorithm>
#include <crypt.h>
#include <memory>
#include <string>

namespace lmqtt::accounts {

namespace {

constexpr std::uint32_t most_iterations = 1'000'000;  // of PBKDF2, and rounds of sha512crypt
constexpr std::uint32_t least_bcrypt_cost = 4;
constexpr std::uint32_t most_bcrypt_cost = 14;  // doubles with each
constexpr std::size_t sha512_bytes = 64;

struct salted {
    std::uint32_t iterations;  // 0: plain SHA-512
    std::string salt;
    std::string hash;
};

std::optional<salted> parse_mosquitto(std::string_view stored) {
    const auto fields = split(stored, '$');
    const bool is_sha512 = fields.size() == 4 && fields[1] == "6";
    const bool is_pbkdf2 = fields.size() == 5 && fields[1] == "7";
    if (!fields[0].empty() || (!is_sha512 && !is_pbkdf2)) {
        return std::nullopt;
    }
    const auto iterations =
        is_pbkdf2 ? decimal<std::uint32_t>(fields[2]) : std::optional<std::uint32_t>(0);
    if (!iterations || *iterations > most_iterations || (is_pbkdf2 && *iterations == 0)) {
        return std::nullopt;
    }
    auto salt = base::from_base64(fields[fields.size() - 2]);
    auto hash = base::from_base64(fields.back());
    if (!salt || !hash || salt->empty() || salt->size() > 64 || hash->size() != sha512_bytes) {
        return std::nullopt;
    }
    return salted{*iterations, std::move(*salt), std::move(*hash)};
}

bool consists_of(std::string_view text, std::size_t length, bool (*allowed)(char)) {
    return text.size() == length && std::ranges::all_of(text, allowed);
}

bool is_crypt_digit(char c) {
    return (c >= '.' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

bool is_bcrypt(std::string_view stored) {
    const auto fields = split(stored, '$');
    if (fields.size() != 4 || !fields[0].empty() ||
        (fields[1] != "2a" && fields[1] != "2b" && fields[1] != "2y") || fields[2].size() != 2) {
        return false;
    }
    const auto cost = decimal<std::uint32_t>(fields[2].substr(fields[2].starts_with('0') ? 1 : 0));
    return cost && *cost >= least_bcrypt_cost && *cost <= most_bcrypt_cost &&
           consists_of(fields[3], 53, is_crypt_digit);
}

bool is_sha512_crypt(std::string_view stored) {
    auto fields = split(stored, '$');
    if (fields.size() < 4 || !fields[0].empty() || fields[1] != "6") {
        return false;
    }
    if (const auto text = value_of(fields[2], "rounds")) {
        const auto rounds = decimal<std::uint32_t>(*text);
        if (!rounds || *rounds < 1000 || *rounds > most_iterations) {
            return false;
        }
        fields.erase(fields.begin() + 2);
    }
    return fields.size() == 4 && fields[2].size() <= 16 &&
           consists_of(fields[2], fields[2].size(), is_crypt_digit) &&
           consists_of(fields[3], 86, is_crypt_digit);
}

bool verify_mosquitto(std::string_view stored, std::string_view password) {
    const auto expected = parse_mosquitto(stored);
    if (!expected) {
        return false;
    }
    if (expected->iterations == 0) {
        const wiped input(std::string(password) + expected->salt);
        return same_bytes(digest(digest_kind::sha512, input.text), expected->hash);
    }
    const pbkdf2_terms terms{
        digest_kind::sha512, expected->salt, expected->iterations, sha512_bytes};
    return same_bytes(pbkdf2(password, terms), expected->hash);
}

// crypt(3) would stop reading at a zero byte, and take what is before it for the password.
bool verify_crypt(std::string_view stored, std::string_view password) {
    if (password.find('\0') != std::string_view::npos) {
        return false;
    }
    const wiped secret(password);
    const std::string setting(stored);
    const auto space = std::make_unique<crypt_data>();
    // Not crypt_r: ASan has one of its own, and linkers then leave libcrypt out.
    const char* const made =
        ::crypt_rn(secret.text.c_str(), setting.c_str(), space.get(), sizeof(crypt_data));
    return made != nullptr && same_bytes(made, stored);
}

bool verify_hex(digest_kind kind, std::string_view stored, std::string_view password) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : digest(kind, password)) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 0xf];
    }
    std::string expected(stored);
    std::ranges::transform(expected, expected.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return same_bytes(text, expected);
}

}  // namespace

// mosquitto's "$6$" has the 88 digits of padded Base64, that of crypt(3) 86 of its own.
std::optional<foreign_scheme> foreign_scheme_of(std::string_view stored) {
    if (const auto found = parse_mosquitto(stored)) {
        return found->iterations == 0 ? foreign_scheme::mosquitto_sha512
                                      : foreign_scheme::mosquitto_pbkdf2;
    }
    if (is_bcrypt(stored)) {
        return foreign_scheme::bcrypt;
    }
    if (is_sha512_crypt(stored)) {
        return foreign_scheme::sha512_crypt;
    }
    if (consists_of(stored, 32, is_hex_digit)) {
        return foreign_scheme::md5;
    }
    if (consists_of(stored, 64, is_hex_digit)) {
        return foreign_scheme::sha256;
    }
    return std::nullopt;
}

bool verify_foreign(std::string_view stored, std::string_view password) {
    const auto scheme = foreign_scheme_of(stored);
    if (!scheme) {
        return false;
    }
    switch (*scheme) {
    case foreign_scheme::mosquitto_sha512:
    case foreign_scheme::mosquitto_pbkdf2:
        return verify_mosquitto(stored, password);
    case foreign_scheme::sha512_crypt:
    case foreign_scheme::bcrypt:
        return verify_crypt(stored, password);
    case foreign_scheme::md5:
        return verify_hex(digest_kind::md5, stored, password);
    case foreign_scheme::sha256:
        return verify_hex(digest_kind::sha256, stored, password);
    }
    return false;
}

}  // namespace lmqtt::accounts
