#include "accounts/saslprep.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stringprep.h>

namespace lmqtt::accounts {

namespace {

// It may have been a password.
struct forgetting {
    void operator()(char* text) const {
        OPENSSL_cleanse(text, std::strlen(text));
        std::free(text);
    }
};

}  // namespace

std::optional<std::string> saslprep(std::string_view text, prepared_as what) {
    const bool is_plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
    if (text.empty() || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    if (is_plain) {
        return std::string(text);
    }
    const auto flags = what == prepared_as::stored ? STRINGPREP_NO_UNASSIGNED
                                                   : static_cast<Stringprep_profile_flags>(0);
    char* made = nullptr;
    const int wrong = ::stringprep_profile(std::string(text).c_str(), &made, "SASLprep", flags);
    if (wrong != STRINGPREP_OK) {
        return std::nullopt;
    }
    const std::unique_ptr<char, forgetting> owned(made);
    return *made == '\0' ? std::nullopt : std::optional<std::string>(made);
}

}  // namespace lmqtt::accounts
