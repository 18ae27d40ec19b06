// The command line: what the person who started lmqttd wants. A value.
#pragma once

#include "app/acl_command.hpp"
#include "app/config_command.hpp"
#include "app/exit_code.hpp"
#include "app/user_arguments.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt::app {

enum class action : std::uint8_t {
    say,  // print `text` and end with `code`: help, or what is wrong with the command line
    start,
    check,
    describe,
    backup,
    verify,
    restore,
    migrate,
    user,
    acl_explain,
    acl_import,
    config_diff,
    config_show,
    version,
};

struct arguments {
    action wanted = action::say;
    std::optional<std::filesystem::path> file;  // -c; empty: the usual place, or the defaults
    std::string topic;                          // of describe
    std::optional<std::string> state;           // DEST of backup, PATH of verify, SOURCE of restore
    bool force = false;                         // of backup
    bool only_check = false;                    // of migrate
    user_request accounts;                      // of user
    access_question question;                   // of acl explain
    std::string acl_file;                       // of acl import
    config_question settings;                   // of config diff and config show
    std::string text;
    exit_code code = exit_code::ok;
};

/// Without the program's own name.
arguments parse_arguments(std::vector<std::string> words);

}  // namespace lmqtt::app
