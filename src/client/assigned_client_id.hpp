// Which shard a client identifier belongs to, and identifiers for clients that sent none.
// Pure but for the random numbers; any thread.
#pragma once

#include <string>
#include <string_view>

namespace lmqtt::client {

unsigned home_shard(std::string_view client_id, unsigned shards);

// Unguessable, and at home on the given shard. [MQTT-3.1.3-6] [MQTT-3.2.2-16]
std::string assigned_client_id(std::string_view prefix, unsigned shard, unsigned shards);

}  // namespace lmqtt::client
