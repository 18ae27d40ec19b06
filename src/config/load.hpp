// From the text of a configuration file to a config, with everything that is wrong with it told at
// once. Pure but for reading the file; call it from any thread.
#pragma once

#include "config/problem.hpp"

#include <lmqtt/config.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

namespace lmqtt::config_file {

struct loaded {
    config value;                         // to be used only if there are no problems
    std::vector<problem> problems;        // in the order of the text
    bool unreadable = false;              // the file itself could not be read
    std::vector<position> rules_at = {};  // where each of value.acl.rules is written
};

/// Relative paths in the text are taken from `folder`.
loaded load_text(std::string_view text, const std::filesystem::path& folder);

/// What print_config() has made. Each value is checked, but not what they say together: a broker
/// that waits for a restart may run with what nobody would write.
loaded load_printed(std::string_view text);

loaded load_file(const std::filesystem::path& file);

}  // namespace lmqtt::config_file
