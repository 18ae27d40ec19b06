// Access rules between TOML and values: the [[acl.rules]] of the configuration and the [[rules]] of
// a file of their own are read by the same functions, and written by one. What a rule may say
// beyond its grammar is not known here. Pure functions, any thread.
#pragma once

#include "config/document.hpp"
#include "config/problem.hpp"

#include <lmqtt/access_rule.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::config_file {

/// Rules with the places they were read from. A rule with a problem is in neither list, so that the
/// two stay side by side.
struct read_rules {
    std::vector<access_rule> rules;
    std::vector<position> at;
    std::vector<problem> problems;
};

/// A key of a rule, for whoever documents it.
struct rule_key {
    std::string_view name;
    std::string_view accepts;
    std::string_view sentence;
};

std::span<const rule_key> rule_keys();

/// `full_name`: how problems call the list, "acl.rules". A rule's origin is "line N";
/// name_origins() puts the file before it.
read_rules read_rule_list(const node& written, std::string_view full_name);

/// A whole file of [[rules]].
read_rules read_rule_text(std::string_view text);

/// Origins become "FILE:N".
void name_origins(
    std::span<access_rule> rules, std::span<const position> at, std::string_view file
);

/// As they would be written in a file, without their origins.
std::string print_rule(const access_rule& rule, std::string_view list_name);

}  // namespace lmqtt::config_file
