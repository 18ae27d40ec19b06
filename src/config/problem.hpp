// One thing that is wrong with a configuration, and where. A value.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace lmqtt::config_file {

/// Lines and columns count from 1; 0 is "nowhere in the text".
struct position {
    unsigned line = 0;
    unsigned column = 0;

    friend auto operator<=>(const position&, const position&) = default;
};

struct problem {
    position at;
    std::string message;
    std::string file = {};  // empty: the configuration file itself
};

/// "FILE:LINE:COLUMN: message", as editors understand it; `file` is the configuration file.
std::string to_line(const problem& what, std::string_view file);

/// The text as it may stand in a message: without control characters, and not too long.
std::string printable(std::string_view text);

}  // namespace lmqtt::config_file
