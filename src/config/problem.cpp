#include "config/problem.hpp"

#include <algorithm>
#include <cstddef>

namespace lmqtt::config_file {

std::string to_line(const problem& what, std::string_view file) {
    std::string line(what.file.empty() ? file : what.file);
    if (what.at.line != 0) {
        line += ":" + std::to_string(what.at.line);
    }
    if (what.at.column != 0) {
        line += ":" + std::to_string(what.at.column);
    }
    return line + ": " + what.message;
}

std::string printable(std::string_view text) {
    constexpr std::size_t longest = 80;
    std::string out(text.substr(0, longest));
    std::replace_if(
        out.begin(),
        out.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
        '?'
    );
    return text.size() > longest ? out + "..." : out;
}

}  // namespace lmqtt::config_file
