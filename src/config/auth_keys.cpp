// The keys of [auth]: accounts, passwords and tokens.
#include "config/key_field.hpp"
#include "config/key_tables.hpp"

#include <array>

namespace lmqtt::config_file {
namespace {

template <auto Member>
constexpr field auth = in_section<&config::auth, Member>("auth");
template <auto Member>
constexpr field jwt = in_section_part<&config::auth, &auth_options::jwt, Member>("auth");

using a = auth_options;
using j = jwt_options;

// clang-format off
constexpr std::array of_auth{
    key{auth<&a::accounts>, "accounts", kind::text, {1, 4000}, restart,
        "The database of users, roles, rules and bans, which `lmqttd user` writes and nobody but "
        "its owner may read; relative to the folder of the database of [persistence]."},
    key{auth<&a::password_file>, "password_file", kind::path, {0, longest_path}, restart,
        "A file of mosquitto_passwd, read in addition; a user who is in both is the database's. "
        "Empty: none."},
    key{auth<&a::hash>, "hash", kind::choice, {}, restart,
        "What a new password hash costs: 2 passes over 19 MiB, or 5 over 7 MiB, for small boards. "
        "Other hashes are replaced when their user logs in."},
    key{auth<&a::backoff>, "backoff", kind::boolean, {}, restart,
        "Whether logins are held back after five failures of an address or a user: for a second, "
        "then twice as long each time, up to a minute."},
    key{jwt<&j::key_file>, "jwt.key_file", kind::path, {0, longest_path}, restart,
        "What tokens (JWT) in the place of passwords are signed with: a public key in PEM, or for "
        "HS256 a file whose content is the secret. Empty: no tokens."},
    key{jwt<&j::algorithm>, "jwt.algorithm", kind::choice, {}, restart,
        "The one algorithm that tokens are signed with."},
    key{jwt<&j::issuer>, "jwt.issuer", kind::text, {0, 4096}, restart,
        "What the claim \"iss\" has to be; empty: anything."},
    key{jwt<&j::audience>, "jwt.audience", kind::text, {0, 4096}, restart,
        "What the claim \"aud\" has to be or contain; empty: tokens that have one are refused."},
    key{jwt<&j::leeway>, "jwt.leeway", kind::duration, {0, hour}, restart,
        "How far the clocks of issuer and broker may differ."},
    key{jwt<&j::username_claim>, "jwt.username_claim", kind::text, {1, 256}, restart,
        "The claim that has the user name; \"/a/b\" is claim b within a."},
    key{jwt<&j::roles_claim>, "jwt.roles_claim", kind::text, {1, 256}, restart,
        "The claim that has the roles, a text or a list of texts."},
};
// clang-format on

}  // namespace

std::span<const key> auth_keys() {
    return of_auth;
}

}  // namespace lmqtt::config_file
