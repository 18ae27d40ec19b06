// Writes for every session that became ready; what becomes ready meanwhile is for the next call.
#pragma once

namespace lmqtt::client {

struct environment;

void deliver_ready(environment& env);

}  // namespace lmqtt::client
