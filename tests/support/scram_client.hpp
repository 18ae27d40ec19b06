// The client's side of SCRAM-SHA-256, as far as tests need one.
#pragma once

#include "accounts/crypto.hpp"
#include "accounts/fields.hpp"
#include "base/base64.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace lmqtt::test {

/// What a client that knows the password answers to server-first; `first` is what it sent, with a
/// GS2 header of three bytes.
inline std::string
scram_proof(std::string_view first, const std::string& challenge, std::string_view password) {
    using namespace lmqtt::accounts;
    const auto fields = split(challenge, ',');
    const auto salt = lmqtt::base::from_base64(value_of(fields.at(1), "s").value()).value();
    const auto times = decimal<std::uint32_t>(value_of(fields.at(2), "i").value()).value();
    const std::string salted = pbkdf2(password, {digest_kind::sha256, salt, times, 32});
    std::string key = hmac_sha256(salted, "Client Key");
    const std::string bare = "c=biws," + std::string(fields[0]);
    const std::string text = std::string(first.substr(3)) + "," + challenge + "," + bare;
    const std::string signature = hmac_sha256(digest(digest_kind::sha256, key), text);
    std::transform(key.begin(), key.end(), signature.begin(), key.begin(), [](char a, char b) {
        return static_cast<char>(a ^ b);
    });
    return bare + ",p=" + lmqtt::base::to_base64(key);
}

}  // namespace lmqtt::test
