#include "accounts/jwt_key.hpp"

#include "accounts/crypto.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>

namespace lmqtt::accounts {

namespace {

constexpr int least_rsa_bits = 2048;
constexpr std::size_t least_secret_bytes = 32;
constexpr std::size_t coordinate_bytes = 32;  // of P-256

template <typename T, void (*Free)(T*)>
struct calling {
    void operator()(T* what) const { Free(what); }
};

template <typename T, void (*Free)(T*)>
using owned = std::unique_ptr<T, calling<T, Free>>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

evp_pkey_st* read_public_key(std::string_view pem) {
    const std::unique_ptr<BIO, int (*)(BIO*)> source(
        ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free
    );
    EVP_PKEY* const key = ::PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr);
    ::ERR_clear_error();
    return key;
}

bool is_p256(const EVP_PKEY* key) {
    std::array<char, 64> group{};
    return ::EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           ::EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == "prime256v1";
}

// Empty if the key is one for the algorithm.
std::string_view problem_with(const EVP_PKEY* key, jwt_algorithm algorithm) {
    if (key == nullptr) {
        return "is no public key in PEM";
    }
    switch (algorithm) {
    case jwt_algorithm::rs256:
        if (::EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
            return "is no RSA key";
        }
        return ::EVP_PKEY_get_bits(key) < least_rsa_bits ? "has fewer than 2048 bits" : "";
    case jwt_algorithm::es256:
        return is_p256(key) ? "" : "is no key on the curve P-256";
    case jwt_algorithm::eddsa:
        return ::EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? "" : "is no Ed25519 key";
    case jwt_algorithm::hs256:
        break;
    }
    return "";
}

// A public key as a secret would let everybody sign: the confusion that tokens are known for.
std::string_view problem_with_secret(std::string_view secret) {
    if (secret.find("-----BEGIN") != std::string_view::npos) {
        return "is a PEM text, not a secret";
    }
    return secret.size() < least_secret_bytes ? "has fewer than 32 bytes" : "";
}

// Tokens have the two numbers side by side, OpenSSL wants them in DER. Empty if that is not so.
std::string in_der(std::string_view signature) {
    if (signature.size() != 2 * coordinate_bytes) {
        return {};
    }
    const owned<ECDSA_SIG, ::ECDSA_SIG_free> pair(::ECDSA_SIG_new());
    BIGNUM* const r = ::BN_bin2bn(bytes_of(signature), coordinate_bytes, nullptr);
    BIGNUM* const s =
        ::BN_bin2bn(bytes_of(signature) + coordinate_bytes, coordinate_bytes, nullptr);
    if (::ECDSA_SIG_set0(pair.get(), r, s) != 1) {
        ::BN_free(r);
        ::BN_free(s);
        return {};
    }
    std::string der(static_cast<std::size_t>(::i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
    auto* end = reinterpret_cast<unsigned char*>(der.data());
    ::i2d_ECDSA_SIG(pair.get(), &end);
    return der;
}

}  // namespace

std::string_view name_of(jwt_algorithm algorithm) {
    switch (algorithm) {
    case jwt_algorithm::rs256:
        return "RS256";
    case jwt_algorithm::es256:
        return "ES256";
    case jwt_algorithm::eddsa:
        return "EdDSA";
    case jwt_algorithm::hs256:
        break;
    }
    return "HS256";
}

void jwt_key::freeing::operator()(evp_pkey_st* key) const {
    ::EVP_PKEY_free(key);
}

jwt_key::jwt_key(jwt_algorithm algorithm, std::string_view material, std::string_view id)
    : algorithm_(algorithm)
    , id_(id) {
    std::string_view wrong;
    if (algorithm == jwt_algorithm::hs256) {
        wrong = problem_with_secret(material);
        secret_ = material;
    } else {
        public_key_.reset(read_public_key(material));
        wrong = problem_with(public_key_.get(), algorithm);
    }
    if (!wrong.empty()) {
        throw std::runtime_error(
            "the key for " + std::string(name_of(algorithm)) + " " + std::string(wrong)
        );
    }
}

bool jwt_key::has_signed(std::string_view text, std::string_view signature) const {
    switch (algorithm_) {
    case jwt_algorithm::hs256:
        return same_bytes(hmac_sha256(secret_, text), signature);
    case jwt_algorithm::es256:
        return verifies(text, in_der(signature));
    case jwt_algorithm::rs256:
    case jwt_algorithm::eddsa:
        break;
    }
    return verifies(text, signature);
}

bool jwt_key::verifies(std::string_view text, std::string_view signature) const {
    const owned<EVP_MD_CTX, ::EVP_MD_CTX_free> context(::EVP_MD_CTX_new());
    const EVP_MD* const hash = algorithm_ == jwt_algorithm::eddsa ? nullptr : ::EVP_sha256();
    const bool valid =
        !signature.empty() &&
        ::EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, public_key_.get()) == 1 &&
        ::EVP_DigestVerify(
            context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()
        ) == 1;
    ::ERR_clear_error();
    return valid;
}

}  // namespace lmqtt::accounts
