#include "config/document.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>

namespace lmqtt::config_file {
namespace {

// Deeper tables exist in no configuration; the bound keeps the walk's own stack small.
constexpr int deepest = 16;

position place(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

node convert(const toml::node& from, position key_at, int depth);

std::vector<node> convert_array(const toml::array& from, int depth) {
    std::vector<node> elements;
    for (const toml::node& element : from) {
        elements.push_back(convert(element, place(element.source()), depth));
    }
    return elements;
}

std::vector<node> convert_table(const toml::table& from, int depth) {
    std::vector<node> entries;
    for (auto&& [key, value] : from) {
        entries.push_back(convert(value, place(key.source()), depth));
        entries.back().name = key.str();
    }
    // The library sorts by name; problems are told in the order of the text.
    std::ranges::stable_sort(entries, {}, &node::key_at);
    return entries;
}

node convert(const toml::node& from, position key_at, int depth) {
    node to{
        .name = {},
        .key_at = key_at,
        .value_at = place(from.source()),
        .value = other_value{"a date or time"},
        .children = {}};
    if (depth == deepest && (from.is_table() || from.is_array())) {
        to.value = other_value{"a value nested too deeply"};
    } else if (const toml::table* table = from.as_table()) {
        to.value = table_value{};
        to.children = convert_table(*table, depth + 1);
    } else if (const toml::array* array = from.as_array()) {
        to.value = list_value{};
        to.children = convert_array(*array, depth + 1);
    } else if (const auto* text = from.as_string()) {
        to.value = text->get();
    } else if (const auto* integer = from.as_integer()) {
        to.value = integer->get();
    } else if (const auto* real = from.as_floating_point()) {
        to.value = real->get();
    } else if (const auto* boolean = from.as_boolean()) {
        to.value = boolean->get();
    }
    return to;
}

}  // namespace

std::string_view type_name(const node& of) {
    constexpr std::array<std::string_view, 6> names = {
        "a boolean", "an integer", "a fraction", "a string", "a list", "a table"};
    if (const auto* other = std::get_if<other_value>(&of.value)) {
        return other->type_name;
    }
    return names.at(of.value.index());
}

std::variant<std::vector<node>, problem> parse_document(std::string_view text) {
    try {
        return convert_table(toml::parse(text), 0);
    } catch (const toml::parse_error& failure) {
        return problem{place(failure.source()), std::string(failure.description())};
    }
}

}  // namespace lmqtt::config_file
