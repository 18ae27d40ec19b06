// From the configuration a person writes to the values the rooms below work with. Pure.
#pragma once

#include "broker/broker.hpp"
#include "client/environment.hpp"
#include "net/admission.hpp"

#include <lmqtt/config.hpp>

#include <memory>
#include <vector>

namespace lmqtt::serving {

std::vector<client::listener_rules_ptr> listener_rules_of(const config& whole);
broker::broker_options broker_options_of(const config& whole, unsigned shard, unsigned shards);
net::admission_limits admission_limits_of(const config& whole);

}  // namespace lmqtt::serving
