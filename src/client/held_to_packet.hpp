// A hook about a packet with several filters has to answer each of them: no more, no fewer.
// [MQTT-3.8.4-6] [MQTT-3.10.4-6]
#pragma once

#include "base/log.hpp"

#include <lmqtt/hooks.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace lmqtt::client {

// What the hook has said; a refusal of all that was asked, if it has changed their number.
template <class Item>
decision held_to_packet(
    const decision& said, std::vector<Item>& items, std::size_t asked, base::logger& log
) {
    if (items.size() == asked) {
        return said;
    }
    items.resize(asked);
    log.error("a hook has changed the number of filters", {{"asked", asked}});
    return {reason_code::unspecified_error, {}};
}

}  // namespace lmqtt::client
