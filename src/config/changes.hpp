// What a reload changes: which keys differ, which of them apply at once, and the config that
// results. Pure functions.
#pragma once

#include "config/keys.hpp"

#include <lmqtt/config.hpp>

#include <string>
#include <vector>

namespace lmqtt::config_file {

struct change {
    std::string
        name;  // "mqtt.max_inflight", "listeners(127.0.0.1:1883).max_connections", "listeners"
    std::string before;  // as printed in the file; empty: not there
    std::string after;
    reload applies;
};

/// In the order of the key table. Listeners are the same if their addresses are.
std::vector<change> changes(const config& running, const config& wanted);

/// Access rules that one of two configs has and the other lacks, wherever they are written.
struct rule_changes {
    std::vector<access_rule> added;
    std::vector<access_rule> gone;
};

rule_changes changed_rules(const config& running, const config& wanted);

/// `running` with those keys of `wanted` that apply without a restart. A listener whose new name
/// waits for one is meant by the rules about that name all the same.
config reloaded(const config& running, const config& wanted);

}  // namespace lmqtt::config_file
