// Why a connection ends, and what that means for its client and its will. A value.
#pragma once

#include <lmqtt/reason_code.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace lmqtt::client {

struct ending {
    reason_code reason = reason_code::success;
    std::string_view why;      // a literal, for the log
    bool tell = false;         // an MQTT 5 client is sent a DISCONNECT with the reason
    bool publish_will = true;  // [MQTT-3.1.2-8]
    std::optional<std::uint32_t> expiry_interval_seconds = {};  // DISCONNECT may change it
    std::string_view reason_string = {};                        // for the client; a hook's words
};

}  // namespace lmqtt::client
