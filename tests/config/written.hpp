// Small configuration files around one key, for the tests of this room.
#pragma once

#include "config/keys.hpp"
#include "config/load.hpp"

#include <string>
#include <string_view>

namespace lmqtt::test {

/// What a key of a part of a listener needs beside it.
inline std::string beside(std::string_view name) {
    std::string text;
    if (name.starts_with("tls.")) {
        for (const std::string_view other : {"cert_file", "key_file", "client_ca_file"}) {
            if (name != "tls." + std::string(other)) {
                text += "tls." + std::string(other) + " = \"x.pem\"\n";
            }
        }
        if (name != "tls.client_certificate") {
            text += "tls.client_certificate = \"required\"\n";
        }
    }
    if (name == "proxy_protocol") {
        text += "proxy_trusted = [\"192.0.2.1\"]\n";
    }
    return text;
}

/// A file in which `row` has this value, alone but for what must stand beside it; the value stands
/// in the last line.
inline std::string file_with(const config_file::key& row, std::string_view value) {
    std::string text;
    if (row.at.section == config_file::listeners_section) {
        text = "[[listeners]]\n";
        if (row.name == "unix_mode") {
            text += "address = \"unix:/run/mqtt.sock\"\n";
        } else if (row.name != "address") {
            text += "address = \"127.0.0.1:1883\"\n";
        }
    } else if (!row.at.section.empty()) {
        text = "[" + std::string(row.at.section) + "]\n";
    }
    text += beside(row.name);
    if (row.name == "max_inflight") {
        text += "max_queued_messages = \"unlimited\"\n";
    } else if (row.name == "max_queued_messages") {
        text += "max_inflight = 1\n";
    }
    return text + std::string(row.name) + " = " + std::string(value) + "\n";
}

inline std::string full_name(const config_file::key& row) {
    return row.at.section.empty() ? std::string(row.name)
                                  : std::string(row.at.section) + "." + std::string(row.name);
}

inline config_file::loaded load(std::string_view text) {
    return config_file::load_text(text, "/etc/lmqtt");
}

/// All problems as lines of a file called "f".
inline std::string problems(const config_file::loaded& result) {
    std::string lines;
    for (const config_file::problem& found : result.problems) {
        lines += config_file::to_line(found, "f") + "\n";
    }
    return lines;
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace lmqtt::test
