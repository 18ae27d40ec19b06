#include "config/values.hpp"

#include "config/suggest.hpp"
#include "config/units.hpp"

#include <lmqtt/listen_address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace lmqtt::config_file {
namespace {

constexpr std::int64_t second = 1000;
constexpr std::array<std::string_view, 4> destinations = {"stderr", "stdout", "syslog", "journald"};
constexpr std::string_view unix_prefix = "unix:";

/// "a", "b" or "c"
std::string any_of(std::span<const std::string_view> words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool last = i + 1 == words.size();
        out += i == 0 ? "" : (last ? " or " : ", ");
        out += in_quotes(words[i]);
    }
    return out;
}

std::string from_to(std::string_view from, std::string_view to) {
    return std::string(" from ").append(from).append(" to ").append(to);
}

std::string expected_text(const range& bounds) {
    const std::string longest = std::to_string(bounds.max) + " bytes";
    return "a text of " + (bounds.min > 0 ? std::to_string(bounds.min) + " to " : "at most ") +
           longest;
}

std::string expected_duration(const key& row) {
    const std::string steps = row.at.tick == second ? " in whole seconds" : "";
    return "a duration such as \"20s\" or \"2h\"" + steps + "," +
           from_to(
               in_quotes(print_duration(row.bounds.min)), in_quotes(print_duration(row.bounds.max))
           );
}

std::string expected_plain(const key& row) {
    const range& bounds = row.bounds;
    switch (row.written) {
    case kind::boolean:
        return "true or false";
    case kind::integer:
        return "an integer" + from_to(std::to_string(bounds.min), std::to_string(bounds.max));
    case kind::seconds:
        return "a number of seconds" +
               from_to(std::to_string(bounds.min / second), std::to_string(bounds.max / second));
    case kind::duration:
        return expected_duration(row);
    case kind::size:
        return "a number of bytes or a size such as \"64KiB\"," +
               from_to(print_size(bounds.min), print_size(bounds.max));
    case kind::text:
        return expected_text(bounds);
    case kind::list:
        return "a list of texts";
    case kind::path:
        return "a path";
    case kind::choice:
        return any_of(row.at.words);
    case kind::choices:
        return "a list of one or more of " + any_of(row.at.words);
    case kind::octal:
        return "permissions such as \"0660\"";
    case kind::address:
        return "\"host:port\", \"[::1]:1883\", \":1883\" or \"unix:/path\"";
    case kind::destination:
        return any_of(destinations) + ", or the path of a file, with a '/' or a '.' in it";
    }
    return {};
}

/// What stands in the file, for a message; long texts are cut.
std::string shown(const node& written) {
    if (const auto* text = std::get_if<std::string>(&written.value)) {
        return in_quotes(printable(*text));
    }
    if (const auto* number = std::get_if<std::int64_t>(&written.value)) {
        return std::to_string(*number);
    }
    if (const auto* flag = std::get_if<bool>(&written.value)) {
        return *flag ? "true" : "false";
    }
    return std::string(type_name(written));
}

complaint refuse(const key& row, const node& written, std::string_view hint = {}) {
    std::string message = "expected " + expected(row) + "; found " + shown(written);
    return {message.append(hint)};
}

using read_result = std::variant<setting, complaint>;

read_result in_bounds(const key& row, const node& written, std::int64_t number) {
    const bool inside = number >= row.bounds.min && number <= row.bounds.max;
    if (!inside || number % row.at.tick != 0) {
        return refuse(row, written);
    }
    return setting(number);
}

read_result read_number(const key& row, const node& written) {
    const auto* number = std::get_if<std::int64_t>(&written.value);
    if (number == nullptr) {
        return refuse(row, written);
    }
    if (row.written != kind::seconds) {
        return in_bounds(row, written, *number);
    }
    if (*number < row.bounds.min / second || *number > row.bounds.max / second) {
        return refuse(row, written);
    }
    return setting(*number * second);
}

read_result read_duration(const key& row, const node& written) {
    const auto* text = std::get_if<std::string>(&written.value);
    const std::optional<std::int64_t> duration = text ? parse_duration(*text) : std::nullopt;
    return duration ? in_bounds(row, written, *duration) : refuse(row, written);
}

read_result read_size(const key& row, const node& written) {
    const auto* text = std::get_if<std::string>(&written.value);
    if (text == nullptr) {
        return read_number(row, written);
    }
    const std::optional<std::int64_t> size = parse_size(*text);
    return size ? in_bounds(row, written, *size) : refuse(row, written);
}

std::optional<std::int64_t> word_number(const key& row, std::string_view word) {
    const auto found = std::find(row.at.words.begin(), row.at.words.end(), word);
    if (found == row.at.words.end()) {
        return std::nullopt;
    }
    return found - row.at.words.begin();
}

std::string did_you_mean(std::string_view typed, std::span<const std::string_view> words) {
    const std::optional<std::string_view> word = nearest(typed, words);
    return word ? "; did you mean " + in_quotes(*word) + "?" : "";
}

read_result read_choice(const key& row, const node& written) {
    const auto* text = std::get_if<std::string>(&written.value);
    if (text == nullptr) {
        return refuse(row, written);
    }
    const std::optional<std::int64_t> number = word_number(row, *text);
    return number ? read_result(setting(*number))
                  : refuse(row, written, did_you_mean(*text, row.at.words));
}

read_result read_choices(const key& row, const node& written) {
    std::int64_t bits = 0;
    if (!written.is_list() || written.children.empty()) {
        return refuse(row, written);
    }
    for (const node& element : written.children) {
        read_result one = read_choice(row, element);
        if (auto* wrong = std::get_if<complaint>(&one)) {
            return std::move(*wrong);
        }
        bits |= std::int64_t{1} << std::get<std::int64_t>(std::get<setting>(one));
    }
    return setting(bits);
}

read_result read_octal(const key& row, const node& written) {
    const auto* text = std::get_if<std::string>(&written.value);
    std::int64_t mode = 0;
    if (text == nullptr || text->empty()) {
        return refuse(row, written);
    }
    const char* const end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, mode, 8);
    if (error != std::errc{} || stop != end) {
        return refuse(row, written);
    }
    return in_bounds(row, written, mode);
}

std::string resolved(std::string_view path, const std::filesystem::path& folder) {
    return path.empty() ? "" : (folder / path).lexically_normal().string();
}

read_result read_text(const key& row, const node& written, const std::filesystem::path& folder) {
    const auto* text = std::get_if<std::string>(&written.value);
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (text == nullptr || std::any_of(text->begin(), text->end(), is_control)) {
        return refuse(row, written);
    }
    const auto length = static_cast<std::int64_t>(text->size());
    if (length < row.bounds.min || length > row.bounds.max) {
        return refuse(row, written);
    }
    if (row.written == kind::path) {
        return setting(resolved(*text, folder));
    }
    if (row.written == kind::address) {
        const bool is_unix = text->starts_with(unix_prefix);
        std::string address =
            is_unix ? std::string(unix_prefix) + resolved(text->substr(unix_prefix.size()), folder)
                    : *text;
        return parse_listen_address(address) ? read_result(setting(std::move(address)))
                                             : refuse(row, written);
    }
    const bool named =
        std::find(destinations.begin(), destinations.end(), *text) != destinations.end();
    if (row.written == kind::destination && !named) {
        // A mistyped word must not become a file of that name.
        return text->find_first_of("/.") == std::string::npos
                   ? refuse(row, written, did_you_mean(*text, destinations))
                   : read_result(setting(resolved(*text, folder)));
    }
    return setting(*text);
}

read_result read_texts(const key& row, const node& written, const std::filesystem::path& folder) {
    if (!written.is_list()) {
        return refuse(row, written);
    }
    texts all;
    for (const node& element : written.children) {
        read_result one = read_text(row, element, folder);
        if (auto* wrong = std::get_if<complaint>(&one)) {
            return std::move(*wrong);
        }
        all.push_back(std::move(std::get<std::string>(std::get<setting>(one))));
    }
    return setting(std::move(all));
}

std::string print_texts(const texts& all) {
    std::string list;
    for (const std::string& each : all) {
        list += (list.empty() ? "" : ", ") + in_quotes(each);
    }
    return "[" + list + "]";
}

std::string print_choices(const key& row, std::int64_t bits) {
    texts chosen;
    for (std::size_t i = 0; i < row.at.words.size(); ++i) {
        if ((bits >> i & 1) != 0) {
            chosen.emplace_back(row.at.words[i]);
        }
    }
    return print_texts(chosen);
}

std::string print_number(const key& row, std::int64_t number) {
    switch (row.written) {
    case kind::seconds:
        return std::to_string(number / second);
    case kind::duration:
        return in_quotes(print_duration(number));
    case kind::size: {
        const std::string size = print_size(number);
        return size.back() == 'B' ? in_quotes(size) : size;
    }
    case kind::choice:
        return in_quotes(row.at.words[static_cast<std::size_t>(number)]);
    case kind::octal: {
        std::array<char, 24> digits{};
        const auto [end, error] = std::to_chars(digits.begin(), digits.end(), number, 8);
        return "\"0" + std::string(digits.begin(), end) + "\"";
    }
    case kind::choices:
        return print_choices(row, number);
    default:
        return std::to_string(number);
    }
}

}  // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            out += "\\u00";
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
            continue;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out += '"';
}

std::string expected(const key& row) {
    const std::string text = expected_plain(row);
    const bool empties = !row.absent_word.empty();
    if (empties && row.at.lifts) {
        return text + ", or " + in_quotes(row.absent_word) + " or \"unlimited\"";
    }
    if (empties) {
        return text + ", or " + in_quotes(row.absent_word);
    }
    return row.at.lifts ? text + ", or \"unlimited\"" : text;
}

std::variant<setting, complaint>
read_value(const key& row, const node& written, const std::filesystem::path& folder) {
    if (const auto* text = std::get_if<std::string>(&written.value)) {
        if (row.at.lifts && *text == "unlimited") {
            return setting(lifted{});
        }
        if (!row.absent_word.empty() && *text == row.absent_word) {
            return setting(absent{});
        }
    }
    switch (row.written) {
    case kind::boolean: {
        const auto* flag = std::get_if<bool>(&written.value);
        return flag != nullptr ? read_result(setting(*flag)) : refuse(row, written);
    }
    case kind::integer:
    case kind::seconds:
        return read_number(row, written);
    case kind::duration:
        return read_duration(row, written);
    case kind::size:
        return read_size(row, written);
    case kind::choice:
        return read_choice(row, written);
    case kind::choices:
        return read_choices(row, written);
    case kind::octal:
        return read_octal(row, written);
    case kind::list:
        return read_texts(row, written, folder);
    case kind::text:
    case kind::path:
    case kind::address:
    case kind::destination:
        return read_text(row, written, folder);
    }
    return refuse(row, written);
}

std::string print_value(const key& row, const setting& value) {
    if (std::holds_alternative<absent>(value)) {
        return row.absent_word.empty() ? "" : in_quotes(row.absent_word);
    }
    if (std::holds_alternative<lifted>(value)) {
        return in_quotes("unlimited");
    }
    if (const bool* flag = std::get_if<bool>(&value)) {
        return *flag ? "true" : "false";
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return in_quotes(*text);
    }
    if (const auto* list = std::get_if<texts>(&value)) {
        return print_texts(*list);
    }
    return print_number(row, std::get<std::int64_t>(value));
}

}  // namespace lmqtt::config_file
