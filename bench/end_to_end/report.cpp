#include "end_to_end/report.hpp"

#include <array>
#include <cstdio>

namespace bench {

namespace {

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char each : text) {
        const bool plain = each != '"' && each != '\\' && static_cast<unsigned char>(each) >= 0x20;
        out.push_back(plain ? each : '\'');
    }
    return out + "\"";
}

std::string shown(const report::value& what, bool json) {
    if (const auto* text = std::get_if<std::string>(&what)) {
        return json ? quoted(*text) : *text;
    }
    if (const auto* whole = std::get_if<std::uint64_t>(&what)) {
        return std::to_string(*whole);
    }
    std::array<char, 64> digits{};
    std::snprintf(digits.data(), digits.size(), "%.3f", std::get<double>(what));
    return digits.data();
}

}  // namespace

std::string report::as_lines() const {
    std::string out;
    for (const auto& [name, what] : rows_) {
        out += name + std::string(name.size() < 28 ? 28 - name.size() : 1, ' ');
        out += shown(what, false) + "\n";
    }
    return out;
}

std::string report::as_json() const {
    std::string out = "{\"flawless\": ";
    out += flawless_ ? "true" : "false";
    for (const auto& [name, what] : rows_) {
        out += ", " + quoted(name) + ": " + shown(what, true);
    }
    return out + "}\n";
}

}  // namespace bench
