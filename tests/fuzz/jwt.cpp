// Any header and claims, signed as they should be, and any text as a token: who is let in has a
// name, roles with names, and an end that is not over; and nobody is with another signature.
//     first line: the header; then the claims. Or the whole: a token
#include "accounts/jwt.hpp"

#include "accounts/crypto.hpp"
#include "accounts/names.hpp"
#include "base/base64.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

using namespace lmqtt::accounts;
using namespace lmqtt::base;

namespace {

const std::string secret = "a secret of exactly 32 bytes, ok";
const lmqtt::base::wall_time now{std::chrono::seconds(1'800'000'000)};

jwt_verifier verifier(const char* user_claim, const char* roles_claim) {
    jwt_rules rules;
    rules.keys.emplace_back(jwt_algorithm::hs256, secret, "first");
    rules.user_claim = user_claim;
    rules.roles_claim = roles_claim;
    return jwt_verifier(std::move(rules));
}

void check(const jwt_verdict& said) {
    require(said.identity.has_value() == said.why.empty());
    if (!said.identity) {
        return;
    }
    require(problem_with_name(said.identity->user_name).empty());
    require(std::ranges::all_of(said.identity->roles, [](const std::string& each) {
        return problem_with_name(each).empty();
    }));
    require(said.identity->ends > now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const jwt_verifier flat = verifier("sub", "roles");
    static const jwt_verifier deep = verifier("/user/name", "/user/0/roles");
    const std::string text(data, data + size);
    require(!flat.check(text, now).identity);  // nobody can guess a signature
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::string header = text.substr(0, line);
    const std::string claims = text.substr(std::min(line + 1, text.size()));
    std::string token =
        to_base64(header, base64_kind::url) + "." + to_base64(claims, base64_kind::url);
    std::string signature = hmac_sha256(secret, token);
    const std::string good = token + "." + to_base64(signature, base64_kind::url);
    check(flat.check(good, now));
    check(deep.check(good, now));
    require(!flat.check(good + "A", now).identity);
    signature[0] = static_cast<char>(signature[0] ^ 1);
    require(!flat.check(token + "." + to_base64(signature, base64_kind::url), now).identity);
    return 0;
}
