// What the clients of one shard work with. Owned by the shard, outlives its clients, same thread.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/wheel.hpp"
#include "broker/broker.hpp"
#include "broker/denials.hpp"
#include "client/authority.hpp"
#include "client/client_table.hpp"
#include "client/listener_rules.hpp"
#include "client/login.hpp"
#include "client/memory_stage.hpp"
#include "net/connection.hpp"

#include <lmqtt/hooks.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::client {

// What the hooks have made of a CONNECT: values, since it may have to go to another shard.
struct approval {
    connect_grant granted;
    std::string username;  // who the client has proved to be; empty: as CONNECT said
    bool is_user = false;  // the user name is proved
    bool has_account = false;
    std::string of_file = {};  // a listener's own that has the user
    std::vector<std::string> roles = {};
    bool roles_are_the_accounts = true;  // and not a token's, nor none, as a listener's own user's
    std::optional<std::chrono::system_clock::time_point> until = {};  // then the proof ends
    std::string answer;  // Authentication Data for the CONNACK

    // Nothing: the accounts know them.
    std::optional<std::vector<std::string>> token_roles() const {
        return roles_are_the_accounts ? std::nullopt : std::optional(roles);
    }
};

// A connection on its way to the shard its client identifier belongs to, with what was read so far,
// and what was decided if a hook assigned the identifier.
struct hand_over {
    net::connected_socket socket;
    std::string received;
    std::unique_ptr<const approval> approved = {};
    std::optional<base::steady_time> accepted = {};  // nothing: now
};

struct environment {
    broker::broker& broker;
    const hooks& decisions;
    base::wheel& wheel;
    base::logger& log;
    const base::clock& clock;
    executor where;
    client_table& clients;
    std::span<char> read_buffer;
    net::flush_list& dirty;
    const shared_memory_stage& memory;
    std::size_t received_in_turn = 0;  // bytes
    unsigned shard = 0;
    unsigned shards = 1;
    std::vector<listener_rules_ptr> listeners = {};  // by index
    std::function<void(unsigned shard, hand_over&&)> pass_on = {};
    login_desk desk = {};
    authority access = {};
    broker::denials denied = {};
    // Of a user who is not there to be asked. Empty: nobody has any.
    std::function<std::vector<std::string>(std::string_view user)> roles_of = {};
    std::int64_t wall_at_start_ms = 0;
    base::steady_time started{};

    // Milliseconds since 1970 that never jump: the wall clock at the start, and time measured
    // since.
    std::int64_t milliseconds(base::steady_time now) const {
        const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - started);
        return wall_at_start_ms + since.count();
    }

    // When a proof ends, as time is measured here.
    std::optional<base::steady_time> end_of(const approval& by) const {
        const base::instant now = clock.now();
        return by.until ? std::optional(now.steady + std::max(*by.until - now.wall, {}))
                        : std::nullopt;
    }
};

// Nobody is anonymous by default where there are accounts, or where others than this machine's
// programs can connect.
bool may_be_anonymous(const environment& env, const listener_rules& rules);

}  // namespace lmqtt::client
