#include "accounts/argon2.hpp"

#include "accounts/crypto.hpp"
#include "accounts/fields.hpp"
#include "base/base64.hpp"

#include <argon2.h>
#include <new>
#include <stdexcept>

namespace lmqtt::accounts {

namespace {

constexpr std::uint32_t most_memory_kib = 64 * 1024;
constexpr std::uint32_t most_passes = 16;
constexpr std::uint32_t most_lanes = 8;
constexpr std::uint64_t most_filled_kib = 512 * 1024;

bool is_bounded(const argon2_terms& terms) {
    return terms.lanes >= 1 && terms.lanes <= most_lanes && terms.passes >= 1 &&
           terms.passes <= most_passes && terms.memory_kib >= 8 * terms.lanes &&
           terms.memory_kib <= most_memory_kib &&
           std::uint64_t{terms.memory_kib} * terms.passes <= most_filled_kib;
}

bool has_length_of(std::string_view bytes, std::size_t least) {
    return bytes.size() >= least && bytes.size() <= 64;
}

std::optional<std::uint32_t> number_of(std::string_view field, std::string_view name) {
    const auto value = value_of(field, name);
    return value ? decimal<std::uint32_t>(*value) : std::nullopt;
}

bool read_costs(std::string_view text, argon2_terms& into) {
    const auto fields = split(text, ',');
    if (fields.size() != 3) {
        return false;
    }
    const auto memory = number_of(fields[0], "m");
    const auto passes = number_of(fields[1], "t");
    const auto lanes = number_of(fields[2], "p");
    if (!memory || !passes || !lanes) {
        return false;
    }
    into.memory_kib = *memory;
    into.passes = *passes;
    into.lanes = *lanes;
    return is_bounded(into);
}

}  // namespace

std::optional<argon2_hash> parse_argon2(std::string_view text) {
    auto fields = split(text, '$');
    if (fields.size() < 5 || !fields[0].empty() ||
        (fields[1] != "argon2id" && fields[1] != "argon2i")) {
        return std::nullopt;
    }
    argon2_hash hash;
    hash.terms.data_independent = fields[1] == "argon2i";
    hash.terms.version = ARGON2_VERSION_10;  // what wrote no version was older than versions
    if (fields[2].starts_with("v=")) {
        const auto version = number_of(fields[2], "v");
        if (version != ARGON2_VERSION_10 && version != ARGON2_VERSION_13) {
            return std::nullopt;
        }
        hash.terms.version = *version;
        fields.erase(fields.begin() + 2);
    }
    if (fields.size() != 5 || !read_costs(fields[2], hash.terms)) {
        return std::nullopt;
    }
    auto salt = base::from_base64(fields[3], base::base64_kind::unpadded);
    auto tag = base::from_base64(fields[4], base::base64_kind::unpadded);
    if (!salt || !tag || !has_length_of(*salt, 8) || !has_length_of(*tag, 16)) {
        return std::nullopt;
    }
    hash.salt = std::move(*salt);
    hash.tag = std::move(*tag);
    return hash;
}

std::string to_text(const argon2_hash& hash) {
    const argon2_terms& terms = hash.terms;
    return std::string("$argon2") + (terms.data_independent ? "i" : "id") +
           "$v=" + std::to_string(terms.version) + "$m=" + std::to_string(terms.memory_kib) +
           ",t=" + std::to_string(terms.passes) + ",p=" + std::to_string(terms.lanes) + "$" +
           base::to_base64(hash.salt, base::base64_kind::unpadded) + "$" +
           base::to_base64(hash.tag, base::base64_kind::unpadded);
}

std::string argon2_tag(
    const argon2_terms& terms, std::string_view salt, std::string_view password, std::size_t length
) {
    wiped secret(password);  // the library wants to be allowed to change it
    std::string grain(salt);
    std::string tag(length, '\0');
    const auto at = [](std::string& bytes) {
        return reinterpret_cast<std::uint8_t*>(bytes.data());
    };
    argon2_context context{};
    context.out = at(tag);
    context.outlen = static_cast<std::uint32_t>(tag.size());
    context.pwd = at(secret.text);
    context.pwdlen = static_cast<std::uint32_t>(secret.text.size());
    context.salt = at(grain);
    context.saltlen = static_cast<std::uint32_t>(grain.size());
    context.t_cost = terms.passes;
    context.m_cost = terms.memory_kib;
    context.lanes = terms.lanes;
    context.threads = 1;  // lanes one after the other: the callers are a pool already
    context.version = terms.version;
    const int code = ::argon2_ctx(
        &context, terms.data_independent ? argon2_type::Argon2_i : argon2_type::Argon2_id
    );
    if (code == ARGON2_MEMORY_ALLOCATION_ERROR) {
        throw std::bad_alloc();
    }
    if (code != ARGON2_OK) {
        throw std::runtime_error(std::string("argon2: ") + ::argon2_error_message(code));
    }
    return tag;
}

}  // namespace lmqtt::accounts
