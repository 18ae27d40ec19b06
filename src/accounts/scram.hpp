// SCRAM-SHA-256 as a server speaks it (RFC 5802, RFC 7677), without channel binding: texts in,
// texts out. One object is one exchange. Users that do not exist get salts that look like
// anybody's, and fail where a wrong password fails. Pure but for the nonce.
#pragma once

#include "accounts/account.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace lmqtt::accounts {

inline constexpr std::string_view scram_method = "SCRAM-SHA-256";

/// Whether clients can log in under this name: SASLprep, through which theirs go, leaves it as it
/// is.
bool is_scram_name(std::string_view user);

/// What is kept of a password, after SASLprep. Nothing: it has something that SASLprep prohibits.
std::optional<scram_verifier> make_scram_verifier(std::string_view password);

/// From a prepared password, with a given salt and work.
scram_verifier
derive_scram_verifier(std::string_view password, std::string_view salt, std::uint32_t iterations);

struct scram_answer {
    enum class kind : std::uint8_t {
        challenge,  // server-first: the client has to prove itself
        accepted,   // server-final: we prove ourselves
        refused,    // the exchange is over; the text is empty
    };

    kind is = kind::refused;
    std::string text = {};
};

class scram_exchange {
public:
    /// Null: there is no such user, or it has no verifier, or is disabled.
    using lookup = std::function<std::optional<scram_verifier>(const std::string& user)>;

    struct terms {
        lookup find;
        std::string_view fake_secret;  // accounts.db's
        std::string_view nonce;        // printable, without a comma; empty: made up
    };

    explicit scram_exchange(const terms& with);

    /// First client-first, then client-final. Whatever comes in the wrong place is refused.
    scram_answer take(std::string_view message);

    /// As SASLprep makes it. Known from client-first on, and true once the exchange is accepted.
    const std::string& user_name() const { return user_; }

private:
    enum class state : std::uint8_t { begun, challenged, over };

    scram_answer first(std::string_view message);
    scram_answer last(std::string_view message);
    scram_verifier fake_verifier() const;

    lookup find_;
    std::string fake_secret_;
    std::string nonce_;  // ours, then both
    state state_ = state::begun;
    std::string user_;
    std::string header_;     // of GS2, which client-final repeats
    std::string auth_text_;  // client-first-bare "," server-first
    scram_verifier verifier_;
    bool is_fake_ = false;
};

}  // namespace lmqtt::accounts
