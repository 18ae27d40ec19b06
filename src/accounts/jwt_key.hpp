// Keys that tokens are signed with (RFC 7518), each for one algorithm: what a token says about how
// it was signed chooses among keys and never how a key is used. Checks from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace lmqtt::accounts {

enum class jwt_algorithm : std::uint8_t { rs256, es256, eddsa, hs256 };

/// As a token's header has it: "RS256", "ES256", "EdDSA", "HS256".
std::string_view name_of(jwt_algorithm algorithm);

class jwt_key {
public:
    /// `material` is a public key in PEM, of HS256 the secret itself. Throws std::runtime_error if
    /// it is not what the algorithm needs, or too weak: RSA below 2048 bits, a secret below 32
    /// bytes. Only tokens with this "kid" are checked with it, unless one of the two is empty.
    jwt_key(jwt_algorithm algorithm, std::string_view material, std::string_view id = {});

    jwt_algorithm algorithm() const { return algorithm_; }

    const std::string& id() const { return id_; }

    /// Whether `signature`, as a token carries it, is this key's under `text`.
    bool has_signed(std::string_view text, std::string_view signature) const;

private:
    struct freeing {
        void operator()(evp_pkey_st* key) const;
    };

    bool verifies(std::string_view text, std::string_view signature) const;

    jwt_algorithm algorithm_;
    std::string id_;
    std::string secret_;
    std::unique_ptr<evp_pkey_st, freeing> public_key_;
};

}  // namespace lmqtt::accounts
