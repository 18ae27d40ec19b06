// MQTT's string rules (1.5.4): well-formed UTF-8, no surrogates, no U+0000; anything else goes.
#pragma once

#include <string_view>

namespace lmqtt::base {

// [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.4-3]
bool is_utf8_string(std::string_view text);

}  // namespace lmqtt::base
