// JSON Web Tokens (RFC 7519) in the place of passwords: whose token is it, what may they do, and
// until when. Whatever is not as it has to be is a refusal. Any thread may check.
#pragma once

#include "accounts/jwt_key.hpp"
#include "base/clock.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::accounts {

struct jwt_rules {
    std::vector<jwt_key> keys;
    std::string issuer = {};    // "iss" has to be this; empty: any
    std::string audience = {};  // has to be in "aud"; empty: a token for somebody is not for us
    std::chrono::seconds leeway{30};
    /// The claims that have the user name and the roles: a name, or "/a/b" for one within others.
    std::string user_claim = "sub";
    std::string roles_claim = "roles";
};

struct jwt_identity {
    std::string user_name;
    std::vector<std::string> roles;
    base::wall_time ends;  // when the connection has to, the leeway included

    friend bool operator==(const jwt_identity&, const jwt_identity&) = default;
};

struct jwt_verdict {
    std::optional<jwt_identity> identity = {};
    std::string why = {};  // refused, for the log: nothing of the token's
};

class jwt_verifier {
public:
    /// Throws std::runtime_error if the name of a claim is none.
    explicit jwt_verifier(jwt_rules rules);

    /// A token of any length: whoever asks has limited it.
    jwt_verdict check(std::string_view token, base::wall_time now) const;

private:
    bool
    is_signed(std::string_view header, std::string_view text, std::string_view signature) const;

    jwt_rules rules_;
};

}  // namespace lmqtt::accounts
