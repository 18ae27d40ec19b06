// Keys and tokens for tests, made with OpenSSL as an identity provider would make them.
#pragma once

#include "accounts/crypto.hpp"
#include "base/base64.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace lmqtt::test {

class private_key {
public:
    explicit private_key(EVP_PKEY* made)
        : key_(made, ::EVP_PKEY_free) {
        REQUIRE(made != nullptr);
    }

    static private_key rsa(std::size_t bits = 2048) {
        return private_key(::EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
    }

    static private_key ec(const char* curve = "P-256") {
        return private_key(::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
    }

    static private_key ed25519() {
        return private_key(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    }

    std::string public_pem() const {
        const std::unique_ptr<BIO, int (*)(BIO*)> out(::BIO_new(::BIO_s_mem()), ::BIO_free);
        REQUIRE(::PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
        std::string pem(10'000, '\0');
        pem.resize(static_cast<std::size_t>(
            ::BIO_read(out.get(), pem.data(), static_cast<int>(pem.size()))
        ));
        return pem;
    }

    // As OpenSSL has it: of ECDSA in DER.
    std::string sign(const std::string& text, const EVP_MD* hash) const {
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(
            ::EVP_MD_CTX_new(), ::EVP_MD_CTX_free
        );
        const auto at = [](const std::string& bytes) {
            return reinterpret_cast<const unsigned char*>(bytes.data());
        };
        REQUIRE(::EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key_.get()) == 1);
        std::string signature(1000, '\0');
        std::size_t length = signature.size();
        auto* const to = reinterpret_cast<unsigned char*>(signature.data());
        REQUIRE(::EVP_DigestSign(context.get(), to, &length, at(text), text.size()) == 1);
        signature.resize(length);
        return signature;
    }

    std::string rs256(const std::string& text) const { return sign(text, ::EVP_sha256()); }

    std::string eddsa(const std::string& text) const { return sign(text, nullptr); }

    std::string es256(const std::string& text) const {
        const std::string der = sign(text, ::EVP_sha256());
        const auto* at = reinterpret_cast<const unsigned char*>(der.data());
        const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(
            ::d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ::ECDSA_SIG_free
        );
        std::string both(64, '\0');
        auto* const to = reinterpret_cast<unsigned char*>(both.data());
        REQUIRE(::BN_bn2binpad(::ECDSA_SIG_get0_r(pair.get()), to, 32) == 32);
        REQUIRE(::BN_bn2binpad(::ECDSA_SIG_get0_s(pair.get()), to + 32, 32) == 32);
        return both;
    }

private:
    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

/// What is signed: header and claims.
inline std::string unsigned_token(const std::string& header, const std::string& claims) {
    using lmqtt::base::base64_kind;
    return lmqtt::base::to_base64(header, lmqtt::base::base64_kind::url) + "." +
           lmqtt::base::to_base64(claims, lmqtt::base::base64_kind::url);
}

inline std::string token(const std::string& text, const std::string& signature) {
    return text + "." + lmqtt::base::to_base64(signature, lmqtt::base::base64_kind::url);
}

const std::string secret_of_hs256 = "a secret of exactly 32 bytes, ok";

/// Signed with secret_of_hs256.
inline std::string
hs256_token(const std::string& claims, const std::string& header = R"({"alg":"HS256"})") {
    const std::string text = unsigned_token(header, claims);
    return token(text, accounts::hmac_sha256(secret_of_hs256, text));
}

}  // namespace lmqtt::test
