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
#include <string_view>

namespace lmqtt::client {

// Why a client is not let in: what it is told, and a literal for the log.
struct connect_refusal {
    reason_code reason;
    std::string_view why;

    friend bool operator==(const connect_refusal&, const connect_refusal&) = default;
};

struct listener_rules {
    std::string name;
    mqtt_options mqtt;
    limit_options limits;
    protocol_versions versions;
    std::string mount_point;
    std::optional<bool> allow_anonymous = {};  // empty: client::may_be_anonymous()
    std::string password_file = {};            // its own; empty: none
    bool is_local = true;
    bool takes_tokens = false;  // in the place of passwords
    bool dump_packets = false;
    mqtt::decode_limits decode;
    broker::admissible admissible;
    std::shared_ptr<const session::policy> policy;

    // Why a well-formed CONNECT is not taken; nothing if it is.
    std::optional<connect_refusal> refusal_of(const connect_packet& connect) const;
    std::optional<connect_refusal> refusal_of(const will_fields& will) const;

private:
    std::optional<connect_refusal> objection_to_identity(const connect_packet& connect) const;
    bool allows_keep_alive(const connect_packet& connect) const;
};

using listener_rules_ptr = std::shared_ptr<const listener_rules>;

// The rules of one client, for which a hook has settled something else; the same if it has not.
listener_rules_ptr rules_with(const listener_rules_ptr& rules, const client_limits& settled);

}  // namespace lmqtt::client
