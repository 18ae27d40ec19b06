// What the broker tells whoever listens: the notices behind the public hooks. An empty function
// costs one test. Called on the shard's thread, while no lock is held.
#pragma once

#include "broker/author.hpp"
#include "session/session.hpp"

#include <lmqtt/message.hpp>

#include <functional>
#include <string_view>

namespace lmqtt::broker {

enum class termination : std::uint8_t { normal, taken_over, expired };

struct events {
    std::function<void(std::string_view client_id, termination)> session_terminated;
    std::function<
        void(std::string_view client_id, const mqtt::routed_message&, session::drop_reason)>
        message_dropped;
    // What access rules say about a will that is about to be published.
    std::function<bool(const session::session& whose, const stored_will&)> will_allowed;
    // The same about a retained message whose author is known, before `reader` is sent it.
    std::function<
        bool(const session::session& reader, const author& by, const mqtt::routed_message& what)>
        retained_allowed;
    // May change the will; false drops it.
    std::function<bool(std::string_view client_id, message& will)> will_publish;
    std::function<void(std::string_view client_id, const message& will)> will_published;
};

}  // namespace lmqtt::broker
