// What is kept in memory alone while the broker runs, and stored when it stops.
#pragma once

#include "broker/broker.hpp"

namespace lmqtt::broker {

// QoS 0 messages of sessions that are stored. They come back as if they had just been queued; a
// crash still loses them. At the end of a clean stop, when no client is left.
void store_queued_qos0(broker& of, std::int64_t now_ms);

}  // namespace lmqtt::broker
