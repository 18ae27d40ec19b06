#include "accounts/gmqtt_file.hpp"

#include "accounts/fields.hpp"

#include <optional>
#include <utility>

namespace lmqtt::accounts {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// 'it''s' and "say \"it\"". Nothing for any other escape, and for what follows the closing quote.
std::optional<std::string> unquoted(std::string_view text) {
    const char quote = text.front();
    std::string value;
    for (std::size_t at = 1; at < text.size(); ++at) {
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        const bool doubled = quote == '\'' && text[at] == quote && next == quote;
        const bool escaped =
            quote == '"' && text[at] == '\\' && (next == '"' || next == '\\' || next == '/');
        if (doubled || escaped) {
            value += next;
            ++at;
        } else if (text[at] == quote) {
            const std::string_view rest = trimmed(text.substr(at + 1));
            return rest.empty() || rest.starts_with('#') ? std::optional(value) : std::nullopt;
        } else if (quote == '"' && text[at] == '\\') {
            return std::nullopt;
        } else {
            value += text[at];
        }
    }
    return std::nullopt;
}

std::optional<std::string> scalar(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('"') || text.starts_with('\'')) {
        return unquoted(text);
    }
    text = trimmed(text.substr(0, text.starts_with('#') ? 0 : text.find(" #")));
    constexpr std::string_view of_yaml = "&*!|>{}[]%@`?,-";
    const bool plain = text.empty() ||
                       (of_yaml.find(text.front()) == std::string_view::npos &&
                        text.find(": ") == std::string_view::npos && text != "null" && text != "~");
    return plain ? std::optional<std::string>(text) : std::nullopt;
}

class reader {
public:
    void line(std::string_view text) {
        ++number_;
        const std::string_view bare = trimmed(text);
        if (bare.empty() || bare.starts_with('#') || bare == "---" || bare == "[]") {
            return;
        }
        if (bare == "-" || bare.starts_with("- ")) {
            close();
            begun_ = number_;
            field(trimmed(bare.substr(1)));
        } else if (begun_ == 0 || !text.starts_with(' ')) {
            found_.problem(number_, "is no account: expected \"- username: ...\"");
        } else {
            field(bare);
        }
    }

    credentials finish() {
        close();
        return found_.finish();
    }

private:
    void field(std::string_view text) {
        if (text.empty()) {
            return;
        }
        const std::size_t colon = text.find(':');
        const std::string_view name = text.substr(0, colon);
        const bool is_user = name == "username";
        if (colon == std::string_view::npos || (!is_user && name != "password")) {
            found_.problem(number_, "is neither username nor password");
            return;
        }
        auto value = scalar(text.substr(colon + 1));
        auto& into = is_user ? user_ : password_;
        if (!value || into) {
            found_.problem(number_, value ? "is there twice" : "is no text this program can read");
            return;
        }
        into = std::move(value);
    }

    void close() {
        if (begun_ == 0) {
            return;
        }
        if (password_.value_or("").empty()) {
            found_.problem(begun_, "an account without a password");
        } else {
            found_.add({user_.value_or(""), std::move(*password_)}, begun_);
        }
        user_.reset();
        password_.reset();
    }

    credential_list found_;
    std::size_t number_ = 0;
    std::size_t begun_ = 0;  // the line of the account under way
    std::optional<std::string> user_;
    std::optional<std::string> password_;
};

}  // namespace

credentials parse_gmqtt_file(std::string_view text) {
    reader accounts;
    for (const std::string_view line : split(text, '\n')) {
        accounts.line(line);
    }
    return accounts.finish();
}

}  // namespace lmqtt::accounts
