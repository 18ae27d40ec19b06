// The fifteen packets of MQTT (5.0, chapter 3) as plain structs. Texts, payloads and properties are
// views into the bytes a packet was decoded from, and live no longer.
#pragma once

#include <lmqtt/bytes.hpp>
#include <lmqtt/properties.hpp>
#include <lmqtt/protocol.hpp>
#include <lmqtt/reason_code.hpp>
#include <lmqtt/subscription.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace lmqtt {

/// The will a CONNECT carries (3.1.3.2 to 3.1.3.4).
struct will_fields {
    qos quality = qos::at_most_once;
    bool retain = false;
    std::string_view topic = {};
    byte_view payload = {};
    property_view properties = {};
};

/// 3.1
struct connect_packet {
    protocol_version version = protocol_version::v5_0;
    bool bridge = false;  ///< bit 7 of the level, which bridges to 3.x brokers set
    bool clean_start = true;
    std::uint16_t keep_alive_seconds = 0;
    std::string_view client_id = {};
    std::optional<will_fields> will = {};
    std::optional<std::string_view> username = {};
    std::optional<byte_view> password = {};
    property_view properties = {};
};

/// 3.2; in 3.x the reason becomes the nearest return code.
struct connack_packet {
    bool session_present = false;
    connack_reason reason = {};
    property_view properties = {};
};

/// 3.3
struct publish_packet {
    bool dup = false;
    qos quality = qos::at_most_once;
    bool retain = false;
    std::uint16_t packet_id = 0;  ///< 0 with QoS 0 only
    std::string_view topic = {};
    property_view properties = {};
    byte_view payload = {};
};

/// PUBACK 3.4, PUBREC 3.5, PUBREL 3.6, PUBCOMP 3.7
template <packet_type Type>
struct acknowledgement {
    std::uint16_t packet_id = 0;
    packet_reason<Type> reason = {};
    property_view properties = {};
};

using puback_packet = acknowledgement<packet_type::puback>;
using pubrec_packet = acknowledgement<packet_type::pubrec>;
using pubrel_packet = acknowledgement<packet_type::pubrel>;
using pubcomp_packet = acknowledgement<packet_type::pubcomp>;

/// 3.8
struct subscribe_packet {
    struct request {
        std::string_view topic_filter = {};
        subscription_options options = {};
    };

    std::uint16_t packet_id = 0;
    property_view properties = {};
    std::vector<request> filters = {};
};

/// 3.9
struct suback_packet {
    std::uint16_t packet_id = 0;
    property_view properties = {};
    std::vector<suback_reason> reasons = {};
};

/// 3.10
struct unsubscribe_packet {
    std::uint16_t packet_id = 0;
    property_view properties = {};
    std::vector<std::string_view> filters = {};
};

/// 3.11; 3.x has no reasons.
struct unsuback_packet {
    std::uint16_t packet_id = 0;
    property_view properties = {};
    std::vector<unsuback_reason> reasons = {};
};

/// 3.12
struct pingreq_packet {};

/// 3.13
struct pingresp_packet {};

/// 3.14
struct disconnect_packet {
    disconnect_reason reason = {};
    property_view properties = {};
};

/// 3.15
struct auth_packet {
    auth_reason reason = {};
    property_view properties = {};
};

using packet = std::variant<
    connect_packet,
    connack_packet,
    publish_packet,
    puback_packet,
    pubrec_packet,
    pubrel_packet,
    pubcomp_packet,
    subscribe_packet,
    suback_packet,
    unsubscribe_packet,
    unsuback_packet,
    pingreq_packet,
    pingresp_packet,
    disconnect_packet,
    auth_packet>;

}  // namespace lmqtt
