// What a hook that admits a client may settle for it: on_basic_auth, on_enhanced_auth, on_auth.
#pragma once

#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lmqtt {

/// Limits of one client, lower or higher than its listener's. They hold for every version of MQTT;
/// a client of 5.0 is told in the CONNACK, by the property whose section is named.
struct client_limits {
    std::optional<std::uint16_t>
        receive_maximum;                   ///< QoS > 0 it may send at once; not 0 (3.2.2.3.3)
    std::optional<qos> maximum_qos;        ///< of its PUBLISHes and subscriptions (3.2.2.3.4)
    std::optional<bool> retain_available;  ///< (3.2.2.3.5)
    std::optional<std::uint32_t> maximum_packet_size;     ///< bytes it may send; not 0 (3.2.2.3.6)
    std::optional<std::uint16_t> topic_alias_maximum;     ///< in each direction (3.2.2.3.8)
    std::optional<bool> wildcard_subscription_available;  ///< (3.2.2.3.11)
    std::optional<bool> subscription_identifier_available;  ///< (3.2.2.3.12)
    std::optional<bool> shared_subscription_available;      ///< (3.2.2.3.13)
    std::optional<std::uint16_t> max_inflight;  ///< QoS > 0 on their way to it at once; not 0

    friend bool operator==(const client_limits&, const client_limits&) = default;
};

/// What is left empty stays as it would be.
struct connect_grant {
    std::string assigned_client_id;  ///< used if the client sent none; empty: the broker makes one
    std::optional<std::uint32_t> session_expiry_seconds;  ///< MQTT 5.0: overrides what was asked
    std::optional<std::uint16_t> keep_alive_seconds;      ///< MQTT 5.0: told as Server Keep Alive
    std::string response_information;  ///< sent if the client asked for it (MQTT 5.0, 3.2.2.3.15)
    std::vector<std::pair<std::string, std::string>> user_properties;  ///< sent with CONNACK
    client_limits limits;  ///< in place of the listener's
};

}  // namespace lmqtt
