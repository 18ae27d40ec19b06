// Texts that consist of fields, as stored hashes, tokens and password files do, taken apart. Pure
// functions; what they return points into the text.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <vector>

namespace lmqtt::accounts {

/// What is before, between and after the separators: one more than there are.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> fields;
    for (std::size_t end = 0; (end = text.find(separator)) != std::string_view::npos;) {
        fields.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    fields.push_back(text);
    return fields;
}

/// A decimal number in its shortest form: neither sign, space nor leading zero.
template <std::unsigned_integral Number>
std::optional<Number> decimal(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return text.size() > 1 && text.front() == '0' ? std::nullopt : std::optional(value);
}

/// What follows "name=".
inline std::optional<std::string_view> value_of(std::string_view field, std::string_view name) {
    const bool is_it =
        field.size() > name.size() && field.starts_with(name) && field[name.size()] == '=';
    return is_it ? std::optional(field.substr(name.size() + 1)) : std::nullopt;
}

}  // namespace lmqtt::accounts
