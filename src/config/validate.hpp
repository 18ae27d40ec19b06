// The rules that no single key can check: keys that contradict each other, and what is exposed to
// the network. Pure function.
#pragma once

#include "config/origins.hpp"
#include "config/problem.hpp"

#include <lmqtt/config.hpp>

#include <vector>

namespace lmqtt::config_file {

/// `written` tells where to point; keys it calls unusable are left alone.
std::vector<problem> validate(const config& whole, const origins& written);

}  // namespace lmqtt::config_file
