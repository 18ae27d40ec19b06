// Where a program may look into the broker and decide: one member and one request type a hook. A
// hook nobody set costs one test. Set them before server::start(). docs/hooks.md says on which
// thread and in which order they are called. A hook that throws refuses with 0x80 Unspecified
// error, and is logged.
#pragma once

#include <lmqtt/connect_grant.hpp>
#include <lmqtt/message.hpp>
#include <lmqtt/packet.hpp>
#include <lmqtt/reason_code.hpp>
#include <lmqtt/subscription.hpp>
#include <lmqtt/task.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace lmqtt {

/// Who a hook is about. Views; valid during the call, or until an awaiting hook finishes.
struct client_info {
    std::string_view client_id;  ///< empty before CONNECT was read
    std::string_view username;   ///< empty: none
    std::string peer_address;    ///< "192.0.2.7:49152", or "unix"; made when a hook is called
    std::string_view listener;   ///< the listener's name
    protocol_version version = protocol_version::v5_0;
};

/// What a decision hook says: success goes on, anything from 0x80 refuses with that reason code.
/// A client of MQTT 3.x is told as its version can: by CONNACK or SUBACK return code, or not at
/// all.
struct decision {
    reason_code reason = reason_code::success;
    std::string reason_string;  ///< told to MQTT 5 clients that want it [MQTT-3.1.2-29]

    /// True unless the reason code is 0x80 or above.
    bool allowed() const { return static_cast<std::uint8_t>(reason) < 0x80; }
};

/// A hook that decides. Takes a plain function, or a coroutine that may await; while it awaits, the
/// client's later packets wait, and other clients do not.
template <class Request>
class decision_hook {
public:
    using plain = std::function<decision(Request&)>;
    using awaiting = std::function<task<decision>(Request&)>;

    decision_hook() = default;

    /// Sets the function, replacing the one before.
    template <class Function>
    decision_hook& operator=(Function&& function) {
        plain_ = nullptr;
        awaiting_ = nullptr;
        if constexpr (std::is_same_v<std::invoke_result_t<Function&, Request&>, decision>) {
            plain_ = std::forward<Function>(function);
        } else {
            awaiting_ = std::forward<Function>(function);
        }
        return *this;
    }

    /// Whether anybody decides here.
    explicit operator bool() const { return plain_ || awaiting_; }

    /// Whether deciding may suspend.
    bool awaits() const { return static_cast<bool>(awaiting_); }

    /// Decides at once; only while awaits() is false.
    decision decide(Request& request) const { return plain_(request); }

    /// Decides, suspending if the function does.
    task<decision> decide_later(Request& request) const { return awaiting_(request); }

private:
    plain plain_;
    awaiting awaiting_;
};

/// A hook that is told. It must not block.
template <class... Arguments>
using notify_hook = std::function<void(Arguments...)>;

/// on_basic_auth: a CONNECT without Authentication Method (MQTT 5.0, 3.1.3.5 and 3.1.3.6).
struct basic_auth_request : connect_grant {
    client_info client;
    const connect_packet& connect;
};

/// on_enhanced_auth, on_auth, on_re_auth: one step of an exchange (MQTT 5.0, 4.12).
struct auth_request : connect_grant {
    client_info client;
    const connect_packet* connect = nullptr;  ///< null in on_re_auth, which grants nothing
    std::string_view method;
    byte_view data;        ///< what the client sent
    std::string answer;    ///< Authentication Data to send back
    bool go_on = false;    ///< true: the client has to answer (0x18); false: done
    std::string username;  ///< who the client has proved to be; empty: as CONNECT said
};

/// on_subscribe, once for every SUBSCRIBE (MQTT 5.0, 3.8).
struct subscribe_request {
    client_info client;

    struct item {
        subscription what;  ///< options may be changed, the filter may not
        decision verdict;   ///< refuses this filter alone
    };

    std::vector<item> filters;  ///< in the order of the packet; their number must not change
};

/// on_unsubscribe, once for every UNSUBSCRIBE (MQTT 5.0, 3.10).
struct unsubscribe_request {
    client_info client;

    struct item {
        std::string topic_filter;  ///< may be changed
        decision verdict;
    };

    std::vector<item> filters;
};

/// on_msg_arrived, for every PUBLISH that is not a duplicate (MQTT 5.0, 3.3).
/// What the hook leaves in `what` is matched, retained and delivered.
struct publish_request {
    client_info client;
    message what;
    bool drop = false;  ///< acknowledge it, but deliver and retain nothing
};

/// Why a connection ended.
struct closed_notice {
    client_info client;
    reason_code reason;    ///< as in a DISCONNECT, sent or received
    std::string_view why;  ///< for a log
};

enum class session_end : std::uint8_t { normal, taken_over, expired };

/// Every hook. Names are the seed's.
struct hooks {
    /// A connection was accepted, nothing read yet. False closes it. Runs on the accepting shard.
    std::function<bool(std::string_view peer_address, std::string_view listener)> on_accept;
    /// CONNECT without Authentication Method.
    decision_hook<basic_auth_request> on_basic_auth;
    /// CONNECT with Authentication Method. Without this hook such a CONNECT is refused with 0x8C.
    decision_hook<auth_request> on_enhanced_auth;
    /// AUTH during the handshake.
    decision_hook<auth_request> on_auth;
    /// AUTH on a live connection.
    decision_hook<auth_request> on_re_auth;
    /// The CONNACK is on its way.
    notify_hook<const client_info&> on_connected;
    notify_hook<const client_info&> on_session_created;
    notify_hook<const client_info&> on_session_resumed;
    notify_hook<std::string_view /*client_id*/, session_end> on_session_terminated;
    decision_hook<subscribe_request> on_subscribe;
    notify_hook<const client_info&, const subscription&> on_subscribed;
    decision_hook<unsubscribe_request> on_unsubscribe;
    notify_hook<const client_info&, std::string_view /*topic_filter*/> on_unsubscribed;
    decision_hook<publish_request> on_msg_arrived;
    /// A PUBLISH is about to be written to a client; false leaves it out, as if it had been sent
    /// and acknowledged.
    std::function<bool(const client_info&, std::string_view topic, byte_view payload)> on_publish;
    /// A PUBLISH was written to a client; not an acknowledgement.
    notify_hook<const client_info&, std::string_view /*topic*/, byte_view /*payload*/> on_delivered;
    /// A delivery was dropped; `reason` is one of the names of lmqtt_dropped_*_total.
    notify_hook<
        std::string_view /*client_id*/,
        std::string_view /*topic*/,
        std::string_view /*reason*/>
        on_msg_dropped;
    /// A will is about to be published; it may be changed. False drops it.
    std::function<bool(std::string_view client_id, message& will)> on_will_publish;
    notify_hook<std::string_view /*client_id*/, const message&> on_will_published;
    /// The connection of a client that had got its CONNACK is over.
    notify_hook<const closed_notice&> on_closed;
    /// The server has stopped: the last thing it does.
    notify_hook<> on_stop;
};

}  // namespace lmqtt
