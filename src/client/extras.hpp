// What few clients need, made when first used, so that an idle client does without. Belongs to one
// client and its connection.
#pragma once

#include "broker/route_cache.hpp"
#include "client/environment.hpp"
#include "session/aliases.hpp"
#include "session/inbound.hpp"

#include <lmqtt/hooks.hpp>
#include <lmqtt/task.hpp>

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace lmqtt::client {

using output_timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>,
    executor>;

struct extras {
    session::outgoing_aliases outgoing{0};
    session::incoming_aliases incoming;
    broker::route_cache routes;
    session::packet_id_set uncounted;       // taken on an earlier connection, not seen on this one
    std::string deferred;                   // the packet a hook decides about
    output_timer* output_waiter = nullptr;  // stands in room_in_output()
    std::string auth_method;
    auth_exchange exchange;  // of a method that the library itself knows
    std::optional<base::steady_time> proof_ends;
    std::unique_ptr<held_rights> rights;
    broker::author_ptr author;                 // of what it leaves retained
    std::unique_ptr<const approval> approved;  // on another shard, before it was passed on
    bool throttled = false;       // has sent while memory was short, or the store behind
    bool authenticating = false;  // a re-authentication is under way

    held_rights& held() {
        if (!rights) {
            rights = std::make_unique<held_rights>();
        }
        return *rights;
    }
};

// What CONNECT asked for, and what the hooks made of it.
struct agreement {
    const connect_packet& connect;
    const approval& by;
};

// What the filters of one SUBSCRIBE have led to.
struct subscribe_outcome {
    ticket committed_by = 0;
    std::vector<std::string> replays;
};

// What a CONNACK says about the session.
struct greeting {
    bool session_present;
    bool assigned;  // the client identifier is ours
};

}  // namespace lmqtt::client
