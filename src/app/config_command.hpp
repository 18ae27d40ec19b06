// `lmqttd config ...`: what a broker runs with, and what its file says. Main thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lmqtt::app {

struct config_question {
    std::optional<std::string> running = {};  // of diff: a file in the place of the broker's own
    bool json = false;                        // of diff
    bool all = false;                         // of show
};

struct config_answer {
    bool differs;
    std::string text;
};

/// What differs between a running broker and the file, a line for each key, with what it takes to
/// apply it. Throws failure if one of the two is not known.
config_answer
compare_settings(const std::optional<std::filesystem::path>& named, const config_question& asked);

/// What the file amounts to, as a file: the keys that are not at their default, or all.
std::string
show_settings(const std::optional<std::filesystem::path>& named, const config_question& asked);

}  // namespace lmqtt::app
