// Access control as it is configured: the rules of the configuration file, those of acl.file, and
// everything that is wrong with them, told together. Main thread.
#pragma once

#include "access/rule_set.hpp"
#include "config/load.hpp"

#include <memory>
#include <string>

namespace lmqtt::app {

/// The word for a file in mosquitto's format.
bool is_mosquitto_acl(const std::string& file);

/// Appends the rules of acl.file and of the listeners' own files, and the problems of all rules.
void complete_access_rules(config_file::loaded& result);

/// Of settings without problems; one with rules that were added to them is a failure.
std::shared_ptr<const access::rule_set> configured_rules(const config& settings);

}  // namespace lmqtt::app
