// What an access rule says: who may, or may not, do what with which topics. Plain values: what a
// configuration, a rule file or a database hands to the engine that decides (docs/access.md).
#pragma once

#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace lmqtt {

/// What a client may want to do with a topic. Each needs a rule of its own: who may publish may not
/// thereby leave a retained message.
enum class access_action : std::uint8_t {
    publish = 1,    ///< send a message, a will included
    subscribe = 2,  ///< ask for a topic filter
    receive = 4,    ///< be sent a message
    retain = 8,     ///< publish with RETAIN set (MQTT 5.0, 3.3.1.3)
};

/// A set of actions.
struct access_actions {
    std::uint8_t bits = 0;

    constexpr bool has(access_action which) const {
        return (bits & static_cast<std::uint8_t>(which)) != 0;
    }

    constexpr void add(access_action which) { bits |= static_cast<std::uint8_t>(which); }

    friend constexpr bool operator==(const access_actions&, const access_actions&) = default;
};

/// One rule. It is about everybody whom each of the four lists admits; an empty list admits all.
/// What a rule denies stays denied whatever others allow. Denying to subscribe denies to receive,
/// too, or a wider filter would be a way around it.
struct access_rule {
    bool allow = true;
    access_actions actions = {};
    /// A topic filter without a share name. `%u` and `%c` stand for the user name and the client
    /// identifier, taken literally whatever they contain; `%%` for a percent sign. One of them in a
    /// level at most.
    std::string topic = {};
    /// Of an allowing rule for publish and subscribe: the highest QoS it allows.
    qos maximum_qos = qos::exactly_once;
    std::vector<std::string> users = {};  ///< an empty name: clients without a user name
    std::vector<std::string> roles = {};
    std::vector<std::string> clients = {};    ///< client identifiers
    std::vector<std::string> listeners = {};  ///< names of listeners
    /// Where it is written, for a person: "lmqttd.toml:12", "accounts.db role sensors".
    std::string origin = {};

    friend bool operator==(const access_rule&, const access_rule&) = default;
};

}  // namespace lmqtt
