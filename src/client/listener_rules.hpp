// One listener's settings as its clients meet them; immutable, replaced whole on reload.
#pragma once

#include "broker/admissible.hpp"
#include "mqtt/decode.hpp"
#include "session/session.hpp"

#include <lmqtt/config.hpp>
#include <lmqtt/connect_grant.hpp>
#include <lmqtt/packet.hpp>
#include <lmqtt/reason_code.hpp>

#include <memory>
#include <optional>
#include <string>

namespace lmqtt::client {

struct listener_rules {
    std::string name;
    mqtt_options mqtt;
    limit_options limits;
    protocol_versions versions;
    std::string mount_point;
    std::optional<bool> allow_anonymous = {};  // empty: client::may_be_anonymous()
    std::string password_file = {};            // its own; empty: none
    bool is_local = true;
    bool dump_packets = false;
    mqtt::decode_limits decode;
    broker::admissible admissible;
    std::shared_ptr<const session::policy> policy;

    // Why a well-formed CONNECT is not taken; nothing if it is.
    std::optional<reason_code> refusal_of(const connect_packet& connect) const;
    std::optional<reason_code> refusal_of(const will_fields& will) const;
};

using listener_rules_ptr = std::shared_ptr<const listener_rules>;

// The rules of one client, for which a hook has settled something else; the same if it has not.
listener_rules_ptr rules_with(const listener_rules_ptr& rules, const client_limits& settled);

}  // namespace lmqtt::client
