// [auth]: who may come in (lmqtt/config.hpp). Plain values.
#pragma once

#include <lmqtt/config_choices.hpp>

#include <chrono>
#include <string>

namespace lmqtt {

/// `jwt`: tokens in the place of passwords.
struct jwt_options {
    std::string key_file = {};  ///< empty: no tokens
    token_algorithm algorithm = token_algorithm::rs256;
    std::string issuer = {};    ///< empty: any
    std::string audience = {};  ///< empty: none, and tokens for somebody are refused
    std::chrono::seconds leeway = std::chrono::seconds(30);
    std::string username_claim = "sub";
    std::string roles_claim = "roles";

    friend bool operator==(const jwt_options&, const jwt_options&) = default;
};

struct auth_options {
    std::string accounts = "accounts.db";  ///< relative: to the folder of the state
    std::string password_file = {};        ///< empty: none
    password_hash hash = password_hash::argon2id;
    bool backoff = true;
    jwt_options jwt = {};

    friend bool operator==(const auth_options&, const auth_options&) = default;
};

}  // namespace lmqtt
