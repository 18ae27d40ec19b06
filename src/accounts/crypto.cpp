#include "accounts/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/random.h>
#include <system_error>

namespace lmqtt::accounts {

namespace {

const EVP_MD* algorithm(digest_kind kind) {
    switch (kind) {
    case digest_kind::md5:
        return ::EVP_md5();
    case digest_kind::sha256:
        return ::EVP_sha256();
    case digest_kind::sha512:
        return ::EVP_sha512();
    }
    return nullptr;
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool done, const char* what) {
    if (!done) {
        throw std::runtime_error(std::string("OpenSSL refuses ") + what);
    }
}

}  // namespace

std::string digest(digest_kind kind, std::string_view text) {
    std::string value(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    require(
        ::EVP_Digest(
            text.data(), text.size(), bytes_of(value), &length, algorithm(kind), nullptr
        ) == 1,
        "a digest"
    );
    value.resize(length);
    return value;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::string value(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    const auto* const made = ::HMAC(
        ::EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        bytes_of(text),
        text.size(),
        bytes_of(value),
        &length
    );
    require(made != nullptr, "an HMAC");
    value.resize(length);
    return value;
}

std::string pbkdf2(std::string_view password, const pbkdf2_terms& terms) {
    std::string value(terms.length, '\0');
    require(
        ::PKCS5_PBKDF2_HMAC(
            password.empty() ? "" : password.data(),
            static_cast<int>(password.size()),
            bytes_of(terms.salt),
            static_cast<int>(terms.salt.size()),
            static_cast<int>(terms.iterations),
            algorithm(terms.kind),
            static_cast<int>(value.size()),
            bytes_of(value)
        ) == 1,
        "PBKDF2"
    );
    return value;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t have = 0;
    while (have < count) {
        const ssize_t more = ::getrandom(bytes.data() + have, count - have, 0);
        if (more < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "no random numbers");
        }
        have += more > 0 ? static_cast<std::size_t>(more) : 0;
    }
    return bytes;
}

bool same_bytes(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           ::CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

void wipe(std::string& secret) noexcept {
    ::OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace lmqtt::accounts
