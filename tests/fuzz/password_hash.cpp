// Any text as a stored hash: of one kind at most, bounded in what it costs, and Argon2 comes back
// as it was written. Nothing is hashed, which would take too long.
#include "accounts/password_hash.hpp"

#include "accounts/argon2.hpp"
#include "accounts/foreign_hash.hpp"
#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace lmqtt::accounts;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto ours = parse_argon2(text);
    const auto others = foreign_scheme_of(text);
    require(!ours || !others);
    require(is_password_hash(text) == (ours || others));
    require(is_own_hash(text) == ours.has_value());
    if (!ours) {
        require(needs_rehash(text, hash_profile::argon2id));
        return 0;
    }
    require(ours->terms.memory_kib <= 64 * 1024 && ours->terms.passes <= 16);
    require(ours->salt.size() <= 64 && ours->tag.size() <= 64);
    const auto again = parse_argon2(to_text(*ours));
    require(again && again->terms == ours->terms);
    require(again->salt == ours->salt && again->tag == ours->tag);
    return 0;
}
