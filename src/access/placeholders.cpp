#include "access/placeholders.hpp"

#include "topic/levels.hpp"

namespace lmqtt::access {
namespace {

// Calls sink(text before, letter) for every percent sign, the letter being 0 at the end of the
// text, and at last sink(rest, nothing).
template <class Sink>
void split(std::string_view text, Sink sink) {
    for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%')) {
        const bool last = at + 1 == text.size();
        sink(text.substr(0, at), std::optional<char>(last ? '\0' : text[at + 1]));
        text.remove_prefix(last ? at + 1 : at + 2);
    }
    sink(text, std::optional<char>());
}

bool is_control(std::string_view name, std::size_t at) {
    const auto byte = static_cast<unsigned char>(name[at]);
    if (byte == 0xC2 && at + 1 < name.size()) {
        return static_cast<unsigned char>(name[at + 1]) < 0xA0;  // U+0080 to U+009F
    }
    return byte < 0x20 || byte == 0x7F;
}

}  // namespace

std::optional<std::string> placeholder_problem(std::string_view text) {
    topic::level_reader levels{text};
    for (std::string_view level; levels.next(level);) {
        std::optional<std::string> wrong;
        int names = 0;
        split(level, [&](std::string_view, std::optional<char> letter) {
            names += letter == 'u' || letter == 'c' ? 1 : 0;
            if (letter && letter != 'u' && letter != 'c' && letter != '%') {
                wrong = "a percent sign is followed by neither u, c nor another one; "
                        "write %u, %c or %%";
            }
        });
        if (wrong) {
            return wrong;
        }
        if (names > 1) {
            // "a-b" and "c", or "a" and "b-c": one client could take the other's place.
            return "two placeholders in one level: put a '/' between them";
        }
    }
    return std::nullopt;
}

used_placeholders placeholders_in(std::string_view text) {
    used_placeholders found;
    split(text, [&](std::string_view, std::optional<char> letter) {
        found.user = found.user || letter == 'u';
        found.client = found.client || letter == 'c';
    });
    return found;
}

std::string substituted(std::string_view text, const substitutes& names) {
    std::string whole;
    split(text, [&](std::string_view before, std::optional<char> letter) {
        whole += before;
        if (letter == 'u') {
            whole += names.user_name;
        } else if (letter == 'c') {
            whole += names.client_id;
        } else if (letter == '%') {
            whole += '%';
        }
    });
    return whole;
}

level_parts parts_of(std::string_view level) {
    level_parts parts;
    split(level, [&](std::string_view text, std::optional<char> letter) {
        std::string& to = parts.name == level_parts::nobody ? parts.before : parts.after;
        to += text;
        if (letter == '%') {
            to += '%';
        } else if (letter == 'u' || letter == 'c') {
            parts.name = letter == 'u' ? level_parts::user : level_parts::client;
        }
    });
    return parts;
}

bool level_parts::is(std::string_view level, const substitutes& names) const {
    const std::string_view put_in = name == user ? names.user_name : names.client_id;
    return !put_in.empty() && level.size() == before.size() + put_in.size() + after.size() &&
           level.starts_with(before) && level.ends_with(after) &&
           level.substr(before.size(), put_in.size()) == put_in;
}

bool can_be_substituted(std::string_view name) {
    if (name.empty() || name.find_first_of("+#/") != std::string_view::npos) {
        return false;
    }
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (is_control(name, at)) {
            return false;
        }
    }
    return true;
}

std::string without_placeholders(std::string_view literal_topic) {
    std::string text;
    for (const char c : literal_topic) {
        text += c;
        if (c == '%') {
            text += c;
        }
    }
    return text;
}

}  // namespace lmqtt::access
