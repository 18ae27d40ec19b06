// `lmqttd describe hooks`: the page about the hooks of lmqtt/hooks.hpp. Pure function.
#pragma once

#include <string>

namespace lmqtt::app {

std::string describe_hooks();

}  // namespace lmqtt::app
