#include "config/keys.hpp"

#include "config/key_tables.hpp"

#include <algorithm>
#include <array>

namespace lmqtt::config_file {

std::span<const section> sections() {
    // clang-format off
    static const std::array all{
        section{"", "The process.", top_keys()},
        section{listeners_section,
            "Where clients connect; one [[listeners]] for each address. Without any there is one "
            "for MQTT on 127.0.0.1:1883, and one for MQTT over WebSocket on 127.0.0.1:8883. A "
            "listener that other machines can reach has to say allow_anonymous, true or false.",
            listener_keys()},
        section{"mqtt",
            "What the broker offers its clients. What is agreed in a CONNECT lasts as long as its "
            "connection.", mqtt_keys()},
        section{"limits",
            "What protects the broker from its clients. 0 never means unlimited; that is written "
            "\"unlimited\".", limits_keys()},
        section{"persistence", "What outlives a connection.", persistence_keys()},
        section{acl_section,
            "Who may do what with which topics: docs/access.md. Without a file and without rules "
            "everybody may do everything; as soon as there is either, what no rule allows is "
            "denied.", acl_keys()},
        section{"auth", "Who may come in.", auth_keys()},
        section{"log", "What the broker tells about itself.", log_keys()},
        section{"sys", "The $SYS topics.", sys_keys()},
    };
    // clang-format on
    return all;
}

std::vector<key> keys() {
    std::vector<key> all;
    for (const section& each : sections()) {
        all.insert(all.end(), each.keys.begin(), each.keys.end());
    }
    return all;
}

std::span<const key> keys_of(std::string_view section_name) {
    const auto found = std::ranges::find(sections(), section_name, &section::name);
    return found == sections().end() ? std::span<const key>() : found->keys;
}

const key* find_key(std::string_view section_name, std::string_view name) {
    const std::span<const key> rows = keys_of(section_name);
    const auto found = std::ranges::find(rows, name, &key::name);
    return found == rows.end() ? nullptr : &*found;
}

}  // namespace lmqtt::config_file
