#include "accounts/scram.hpp"

#include "accounts/crypto.hpp"
#include "accounts/fields.hpp"
#include "accounts/names.hpp"
#include "accounts/saslprep.hpp"
#include "base/base64.hpp"

#include <algorithm>
#include <utility>

namespace lmqtt::accounts {

namespace {

constexpr std::size_t hash_bytes = 32;
constexpr std::size_t salt_bytes = 16;
constexpr std::uint32_t iterations = 16'384;  // for the client to do; RFC 7677 asks for 4096
constexpr std::size_t most_message_bytes = 4096;

std::string combined(std::string_view left, std::string_view right) {
    std::string result(left);
    std::transform(left.begin(), left.end(), right.begin(), result.begin(), [](char a, char b) {
        return static_cast<char>(a ^ b);
    });
    return result;
}

// "=2C" is a comma and "=3D" an equals sign; every other use of "=" is an error.
std::optional<std::string> unescaped(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        const bool escape = text.front() == '=';
        if (escape && !text.starts_with("=2C") && !text.starts_with("=3D")) {
            return std::nullopt;
        }
        name += !escape ? text.front() : text[1] == '2' ? ',' : '=';
        text.remove_prefix(escape ? 3 : 1);
    }
    return name;
}

// A name is looked up, so it may have what Unicode did not know yet (RFC 5802, 5.1).
std::optional<std::string> user_in(std::string_view text) {
    const auto name = unescaped(text);
    auto user = name && problem_with_name(*name).empty() ? saslprep(*name, prepared_as::query)
                                                         : std::nullopt;
    return user && problem_with_name(*user).empty() ? user : std::nullopt;
}

bool is_nonce(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e && c != ','; });
}

}  // namespace

scram_verifier
derive_scram_verifier(std::string_view password, std::string_view salt, std::uint32_t times) {
    const wiped salted(pbkdf2(password, {digest_kind::sha256, salt, times, hash_bytes}));
    const wiped client_key(hmac_sha256(salted.text, "Client Key"));
    return {
        std::string(salt),
        times,
        digest(digest_kind::sha256, client_key.text),
        hmac_sha256(salted.text, "Server Key")};
}

bool is_scram_name(std::string_view user) {
    return saslprep(user, prepared_as::query) == user;
}

// RFC 5802, 2.2: Normalize(str)
std::optional<scram_verifier> make_scram_verifier(std::string_view password) {
    auto prepared = saslprep(password, prepared_as::stored);
    if (!prepared) {
        return std::nullopt;
    }
    auto made = derive_scram_verifier(*prepared, random_bytes(salt_bytes), iterations);
    wipe(*prepared);
    return made;
}

scram_exchange::scram_exchange(const terms& with)
    : find_(with.find)
    , fake_secret_(with.fake_secret)
    , nonce_(with.nonce.empty() ? base::to_base64(random_bytes(18)) : std::string(with.nonce)) {}

scram_answer scram_exchange::take(std::string_view message) {
    const state before = std::exchange(state_, state::over);
    if (message.size() > most_message_bytes) {
        return {};
    }
    return before == state::begun        ? first(message)
           : before == state::challenged ? last(message)
                                         : scram_answer{};
}

// The same for a name each time, as if it were stored.
scram_verifier scram_exchange::fake_verifier() const {
    const std::string salt = hmac_sha256(fake_secret_, user_).substr(0, salt_bytes);
    return {salt, iterations, std::string(hash_bytes, '\0'), std::string(hash_bytes, '\0')};
}

// gs2-header client-first-bare = ("n" / "y") "," ["a=" authzid] "," "n=" user "," "r=" nonce. To
// act for somebody else ("a=") is not offered, nor is channel binding ("p="), nor an extension that
// we would have to understand ("m=").
scram_answer scram_exchange::first(std::string_view message) {
    const auto fields = split(message, ',');
    if (fields.size() < 4 || (fields[0] != "n" && fields[0] != "y") || !fields[1].empty()) {
        return {};
    }
    const auto name = value_of(fields[2], "n");
    const auto nonce = value_of(fields[3], "r");
    auto user = name ? user_in(*name) : std::nullopt;
    if (!user || !nonce || !is_nonce(*nonce)) {
        return {};
    }
    user_ = std::move(*user);
    nonce_ = std::string(*nonce) + nonce_;
    header_ = std::string(fields[0]) + ",,";
    const auto known = find_(user_);
    is_fake_ = !known;
    verifier_ = known ? *known : fake_verifier();
    const std::string answer = "r=" + nonce_ + ",s=" + base::to_base64(verifier_.salt) +
                               ",i=" + std::to_string(verifier_.iterations);
    auth_text_ = std::string(message.substr(header_.size())) + "," + answer;
    state_ = state::challenged;
    return {scram_answer::kind::challenge, answer};
}

// client-final = "c=" base64 of the GS2 header "," "r=" nonce [extensions] "," "p=" proof
scram_answer scram_exchange::last(std::string_view message) {
    const auto fields = split(message, ',');
    if (fields.size() < 3) {
        return {};
    }
    const auto binding = value_of(fields[0], "c");
    const auto nonce = value_of(fields[1], "r");
    const auto proof_text = value_of(fields.back(), "p");
    const auto proof = proof_text ? base::from_base64(*proof_text) : std::nullopt;
    if (binding != base::to_base64(header_) || nonce != nonce_ || !proof ||
        proof->size() != hash_bytes) {
        return {};
    }
    const auto without_proof = message.substr(0, message.size() - fields.back().size() - 1);
    auth_text_ += "," + std::string(without_proof);
    const std::string signature = hmac_sha256(verifier_.stored_key, auth_text_);
    const std::string client_key = combined(*proof, signature);
    const bool proven = same_bytes(digest(digest_kind::sha256, client_key), verifier_.stored_key);
    if (!proven || is_fake_) {
        return {};
    }
    return {
        scram_answer::kind::accepted,
        "v=" + base::to_base64(hmac_sha256(verifier_.server_key, auth_text_))};
}

}  // namespace lmqtt::accounts
