#include "accounts/password_hash.hpp"

#include "accounts/argon2.hpp"
#include "accounts/crypto.hpp"
#include "accounts/foreign_hash.hpp"

namespace lmqtt::accounts {

namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t tag_bytes = 32;

constexpr argon2_terms terms_of(hash_profile profile) {
    return profile == hash_profile::argon2id_edge
               ? argon2_terms{.memory_kib = 7 * 1024, .passes = 5}
               : argon2_terms{.memory_kib = 19 * 1024, .passes = 2};
}

constexpr bool is_made_to_be_slow(foreign_scheme which) {
    using enum foreign_scheme;
    return which == mosquitto_pbkdf2 || which == sha512_crypt || which == bcrypt;
}

}  // namespace

std::string hash_password(std::string_view password, hash_profile profile) {
    argon2_hash made{terms_of(profile), random_bytes(salt_bytes), {}};
    made.tag = argon2_tag(made.terms, made.salt, password, tag_bytes);
    return to_text(made);
}

std::string impossible_hash(hash_profile profile) {
    return to_text({terms_of(profile), random_bytes(salt_bytes), random_bytes(tag_bytes)});
}

bool is_own_hash(std::string_view stored) {
    return parse_argon2(stored).has_value();
}

// What comes before the salt and the hash, which in bcrypt are one field.
std::string_view cost_of(std::string_view stored) {
    const auto foreign = foreign_scheme_of(stored);
    const bool is_costly = foreign ? is_made_to_be_slow(*foreign) : is_own_hash(stored);
    if (!is_costly) {
        return {};
    }
    const int secret_fields = foreign == foreign_scheme::bcrypt ? 1 : 2;
    for (int n = 0; n < secret_fields; ++n) {
        stored = stored.substr(0, stored.rfind('$'));
    }
    return stored;
}

bool says_all_of(std::string_view stored, std::string_view password) {
    constexpr std::size_t most_of_bcrypt = 72;
    return foreign_scheme_of(stored) != foreign_scheme::bcrypt || password.size() <= most_of_bcrypt;
}

bool is_password_hash(std::string_view stored) {
    return parse_argon2(stored) || foreign_scheme_of(stored);
}

bool verify_password(std::string_view stored, std::string_view password) {
    if (const auto ours = parse_argon2(stored)) {
        const std::string tag = argon2_tag(ours->terms, ours->salt, password, ours->tag.size());
        return same_bytes(tag, ours->tag);
    }
    return verify_foreign(stored, password);
}

bool needs_rehash(std::string_view stored, hash_profile profile) {
    const auto ours = parse_argon2(stored);
    return !ours || ours->terms != terms_of(profile) || ours->salt.size() < salt_bytes ||
           ours->tag.size() < tag_bytes;
}

}  // namespace lmqtt::accounts
