// Any question about one client, by its words: for those who ask about others than a client that is
// there. Pure, any thread.
#pragma once

#include "access/rights.hpp"

namespace lmqtt::access {

/// `topic` may be any bytes: what is no topic name, or no topic filter, is denied.
[[nodiscard]] decision
ask(const rights& whose, access_action action, std::string_view topic, qos quality);

}  // namespace lmqtt::access
