// From the configuration a person writes to the values the rooms below work with. Pure.
#pragma once

#include "access/rule_set.hpp"
#include "broker/broker.hpp"
#include "client/environment.hpp"
#include "net/admission.hpp"

#include <lmqtt/config.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lmqtt::serving {

std::vector<client::listener_rules_ptr> listener_rules_of(const config& whole);
// Those of listeners that share not the server's.
std::set<std::string> password_files_of(const config& whole);
broker::broker_options broker_options_of(const config& whole, unsigned shard, unsigned shards);
net::admission_limits admission_limits_of(const config& whole);
// For what is tied to no listener.
std::shared_ptr<const session::policy> policy_of_nobody(const session::policy& one);
// Throws a startup_error that tells every problem.
std::shared_ptr<const access::rule_set>
rule_set_of(std::vector<access_rule> rules, const acl_options& configured);

}  // namespace lmqtt::serving
