#include "base/log_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace lmqtt::base {

namespace {

struct code_point {
    std::uint32_t value = 0;
    std::size_t length = 0;  // 0: not UTF-8
};

bool continues(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

code_point first_code_point(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80U) {
        return {lead, 1};
    }
    const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
    if (lead < 0xC2U || lead > 0xF4U) {
        return {};
    }
    std::uint32_t value = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (!continues(text, i)) {
            return {};
        }
        value = (value << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < smallest[length] || value > 0x10FFFF || surrogate) {
        return {};
    }
    return {value, length};
}

// Line and paragraph breaks, controls a terminal obeys, and what reorders or hides the text around
// it.
bool must_be_escaped(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x061C ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB) ||
           c >= 0xE0000;
}

void append_unit(std::string& out, std::uint32_t unit) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) {
        out += digits[unit >> shift & 0xFU];
    }
}

void append_escape(std::string& out, std::uint32_t c) {
    if (c == '\n') {
        out += "\\n";
    } else if (c == '\r') {
        out += "\\r";
    } else if (c == '\t') {
        out += "\\t";
    } else if (c >= 0x10000) {
        append_unit(out, 0xD800 + ((c - 0x10000) >> 10U));
        append_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FFU));
    } else {
        append_unit(out, c);
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    const bool cut = text.size() > log_field_limit;
    std::size_t end = std::min(text.size(), log_field_limit);
    if (cut) {
        // Not through the middle of a character: that would show as a byte that was never sent.
        for (int i = 0; i < 3 && continues(text, end); ++i) {
            --end;
        }
    }
    text = text.substr(0, end);
    while (!text.empty()) {
        const code_point c = first_code_point(text);
        if (c.length == 0) {
            out += "\\ufffd";
            text.remove_prefix(1);
            continue;
        }
        if (c.value == '"' || c.value == '\\') {
            out += '\\';
        }
        if (must_be_escaped(c.value)) {
            append_escape(out, c.value);
        } else {
            out += text.substr(0, c.length);
        }
        text.remove_prefix(c.length);
    }
    out += cut ? "...\"" : "\"";
}

// A word that can stand without quotes and cannot be taken for anything but one word.
bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= log_field_limit &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.' || c == ':' || c == '/';
           });
}

template <typename Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

struct value_writer {
    std::string& out;
    bool quote_always;

    void operator()(std::string_view text) const {
        if (!quote_always && is_plain(text)) {
            out += text;
        } else {
            append_quoted(out, text);
        }
    }

    void operator()(std::int64_t number) const { append_number(out, number); }

    void operator()(std::uint64_t number) const { append_number(out, number); }

    void operator()(double number) const {
        if (std::isfinite(number)) {
            append_number(out, number);
        } else {
            out += "null";  // JSON knows no other word for it
        }
    }

    void operator()(bool flag) const { out += flag ? "true" : "false"; }
};

void append_time(std::string& out, wall_time at) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(at);
    const auto thousandths =
        std::chrono::duration_cast<std::chrono::milliseconds>(at - whole).count();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> buffer{};
    out.append(buffer.data(), std::strftime(buffer.data(), buffer.size(), "%FT%T", &parts));
    std::snprintf(buffer.data(), buffer.size(), ".%03dZ", static_cast<int>(thousandths));
    out += buffer.data();
}

}  // namespace

std::string_view name_of(log_level level) noexcept {
    constexpr std::array<std::string_view, 5> names{"trace", "debug", "info", "warn", "error"};
    return names[static_cast<std::size_t>(level)];
}

std::string text_line(const log_line& line) {
    std::string out;
    append_time(out, line.at);
    out.append(" ").append(name_of(line.level)).append(" ").append(line.room);
    out.append(": ").append(line.words);
    for (const log_field& field : line.fields) {
        out.append(" ").append(field.name.text()).append("=");
        std::visit(value_writer{out, false}, field.value);
    }
    return out;
}

std::string json_line(const log_line& line) {
    std::string out = "{\"time\":\"";
    append_time(out, line.at);
    out.append("\",\"level\":\"").append(name_of(line.level)).append("\",\"room\":\"");
    out.append(line.room).append("\",\"event\":\"").append(line.words).append("\"");
    for (const log_field& field : line.fields) {
        out.append(",\"").append(field.name.text()).append("\":");
        std::visit(value_writer{out, true}, field.value);
    }
    out += '}';
    return out;
}

}  // namespace lmqtt::base
