// `lmqttd --version`: what somebody who reports or looks up a bug needs to know. Pure function.
#pragma once

#include <string>

namespace lmqtt::app {

/// One line for lmqttd, one for the libraries it was built with.
std::string version_text();

}  // namespace lmqtt::app
