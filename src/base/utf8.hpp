// UTF-8: well-formed by table 3-7 of the Unicode standard, and as MQTT wants it (1.5.4). Pure.
#pragma once

#include <string_view>

namespace lmqtt::base {

/// True if `text` is characters from beginning to end, U+0000 among them or not.
[[nodiscard]] bool is_utf8(std::string_view text);

/// A string of MQTT: no surrogates, no U+0000; any other character goes.
// [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.4-3]
[[nodiscard]] bool is_utf8_string(std::string_view text);

}  // namespace lmqtt::base
