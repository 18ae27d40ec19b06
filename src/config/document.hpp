// A TOML text as a plain tree that knows its lines and columns. The TOML library is seen by
// document.cpp alone. Values: whoever parsed a document owns it.
#pragma once

#include "config/problem.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lmqtt::config_file {

/// A list; its elements are the node's children.
struct list_value {};

/// A table; its entries are the node's children, in the order of the text.
struct table_value {};

/// A value of a type that no key has: a date, a time, an infinite number.
struct other_value {
    std::string_view type_name;
};

struct node {
    std::string name;   // its key; empty for an element of a list
    position key_at;    // where its key stands; for an element, where it begins
    position value_at;  // where its value begins
    std::variant<bool, std::int64_t, double, std::string, list_value, table_value, other_value>
        value;
    std::vector<node> children;

    bool is_list() const { return std::holds_alternative<list_value>(value); }

    bool is_table() const { return std::holds_alternative<table_value>(value); }
};

/// What a message calls the type of the value.
std::string_view type_name(const node& of);

/// The entries of the top table, or the one problem that the TOML grammar stumbled over.
std::variant<std::vector<node>, problem> parse_document(std::string_view text);

}  // namespace lmqtt::config_file
