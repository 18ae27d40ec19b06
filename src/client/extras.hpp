// What few clients need, made when first used, so that an idle client does without. Belongs to one
// client and its connection.
#pragma once

#include "broker/route_cache.hpp"
#include "session/aliases.hpp"
#include "session/inbound.hpp"

#include <string>

namespace lmqtt::client {

struct extras {
    session::outgoing_aliases outgoing{0};
    session::incoming_aliases incoming;
    broker::route_cache routes;
    session::packet_id_set uncounted;  // taken on an earlier connection, not seen on this one
    std::string auth_method;
    bool authenticating = false;  // a re-authentication is under way
};

// What a CONNACK says about the session.
struct greeting {
    bool session_present;
    bool assigned;  // the client identifier is ours
};

}  // namespace lmqtt::client
