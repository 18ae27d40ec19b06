// The keys of the process and of what it offers and keeps: all but [[listeners]].
#include "config/key_field.hpp"
#include "config/key_tables.hpp"

#include <array>

namespace lmqtt::config_file {
namespace {

template <auto Member>
constexpr field mqtt = in_section<&config::mqtt, Member>("mqtt");
template <auto Member>
constexpr field limits = in_section<&config::limits, Member>("limits");
template <auto Member>
constexpr field persistence = in_section<&config::persistence, Member>("persistence");
template <auto Member>
constexpr field acl = in_section<&config::acl, Member>("acl");
template <auto Member>
constexpr field log = in_section<&config::log, Member>("log");
template <auto Member>
constexpr field sys = in_section<&config::sys, Member>("sys");

using c = config;
using m = mqtt_options;
using b = limit_options;

constexpr std::int64_t longest_expiry =
    4'294'967'294 * second;  // 0xFFFFFFFF means "never" on the wire

// clang-format off
constexpr std::array of_top{
    key{top<&c::workers>, "workers", kind::integer, {1, 64}, restart,
        "Shards, one thread each; \"auto\" is 1 on one or two cores, else half of them but at "
        "most 4.", "auto"},
    key{top<&c::pid_file>, "pid_file", kind::path, {0, 4095}, restart,
        "File that holds the process id while the broker runs; empty: none."},
    key{top<&c::user>, "user", kind::text, {0, 32}, restart,
        "User to become after the listeners are bound and before the database is opened; empty: "
        "stay."},
};

constexpr std::array of_mqtt{
    key{mqtt<&m::session_expiry>, "session_expiry", kind::duration, {0, longest_expiry}, now,
        "Longest life of a session without a connection; what 3.x clients with clean session 0 "
        "get."},
    key{mqtt<&m::session_expiry_check_interval>, "session_expiry_check_interval",
        kind::duration, {100, hour}, now,
        "How often the broker looks for sessions that have expired."},
    key{mqtt<&m::message_expiry>, "message_expiry",
        kind::duration, {1 * second, longest_expiry}, now,
        "Longest life of a queued or retained message, and the life of one whose publisher sets "
        "none."},
    key{mqtt<&m::inflight_expiry>, "inflight_expiry",
        kind::duration, {1 * second, longest_expiry}, now,
        "Age from which an unacknowledged delivery may be given up to make room in a full queue."},
    key{mqtt<&m::max_packet_size>, "max_packet_size", kind::size, {16, largest_packet}, now,
        "Largest packet a client may send, in every protocol version."},
    key{mqtt<&m::server_receive_maximum>, "server_receive_maximum", kind::integer, {1, 65'535}, now,
        "QoS 1 and 2 publishes a client may have unacknowledged at once."},
    key{mqtt<&m::max_keepalive>, "max_keepalive", kind::seconds, {1 * second, 65'535 * second}, now,
        "Longest keep alive in seconds, announced to 5.0 clients as Server Keep Alive; 3.x "
        "clients keep what they ask for, unless refuse_long_keepalive is set."},
    key{mqtt<&m::refuse_long_keepalive>, "refuse_long_keepalive", kind::boolean, {}, now,
        "Whether a 3.x client that asks for a longer keep alive than max_keepalive, or for none, "
        "is refused (0x02), since it cannot be told another."},
    key{mqtt<&m::topic_alias_maximum>, "topic_alias_maximum", kind::integer, {0, 65'535}, now,
        "Topic aliases a client may use towards the broker; 0: none."},
    key{mqtt<&m::subscription_identifier_available>, "subscription_identifier_available",
        kind::boolean, {}, now,
        "Whether subscriptions may carry an identifier."},
    key{mqtt<&m::wildcard_subscription_available>, "wildcard_subscription_available",
        kind::boolean, {}, now,
        "Whether topic filters may contain + and #."},
    key{mqtt<&m::shared_subscription_available>, "shared_subscription_available",
        kind::boolean, {}, now,
        "Whether $share/group/filter is accepted."},
    key{mqtt<&m::shared_subscription_strategy>, "shared_subscription_strategy",
        kind::choice, {}, now,
        "Who of a shared subscription gets the next message."},
    key{mqtt<&m::maximum_qos>, "maximum_qos", kind::integer, {0, 2}, now,
        "Highest QoS accepted in a PUBLISH and granted to a subscription."},
    key{mqtt<&m::retain_available>, "retain_available", kind::boolean, {}, now,
        "Whether retained messages are accepted."},
    key{mqtt<&m::max_queued_messages>, "max_queued_messages", kind::integer, {1, many}, now,
        "Messages a session may hold, waiting and in flight; at least max_inflight."},
    key{mqtt<&m::max_queued_bytes>, "max_queued_bytes", kind::size, {1 * kib, terabyte}, now,
        "Bytes of messages a session may hold. A client that is connected is sent larger messages "
        "besides, one at a time; for one that is away they are dropped, as by a full queue."},
    key{mqtt<&m::max_inflight>, "max_inflight", kind::integer, {1, 65'535}, now,
        "QoS 1 and 2 messages sent to a client and not yet acknowledged; a client's Receive "
        "Maximum may lower it."},
    key{mqtt<&m::queue_qos0_messages>, "queue_qos0_messages", kind::boolean, {}, now,
        "Whether QoS 0 messages are kept for sessions without a connection: in memory, and over a "
        "clean stop."},
    key{mqtt<&m::overflow>, "overflow", kind::choice, {}, now,
        "What a full queue does: drop its oldest waiting message, drop the new one, or refuse it "
        "(0x97) so that the publisher is told."},
    key{mqtt<&m::delivery_mode>, "delivery_mode", kind::choice, {}, now,
        "A message that matches several subscriptions of a client is delivered once, or once for "
        "each."},
    key{mqtt<&m::allow_zero_length_clientid>, "allow_zero_length_clientid", kind::boolean, {}, now,
        "Whether a client may leave its identifier to the broker."},
    key{mqtt<&m::assigned_clientid_prefix>, "assigned_clientid_prefix", kind::text, {0, 64}, now,
        "What client identifiers made by the broker begin with."},
    key{mqtt<&m::upgrade_outgoing_qos>, "upgrade_outgoing_qos", kind::boolean, {}, now,
        "Whether messages are delivered with the QoS of the subscription even if they were "
        "published with a lower one."},
};

constexpr std::array of_limits{
    key{limits<&b::handshake_timeout>, "handshake_timeout", kind::duration, {100, hour}, now,
        "Time from accepting a connection to the end of its CONNECT exchange."},
    key{limits<&b::max_pending_handshakes>, "max_pending_handshakes", kind::integer, {1, many}, now,
        "Connections that have not finished their CONNECT exchange. With TLS each takes some 45 "
        "KiB."},
    key{limits<&b::max_pending_handshakes_per_address>, "max_pending_handshakes_per_address",
        kind::integer, {1, many}, now,
        "The same, from one network address: as many as it may begin at once, so that all "
        "clients behind one router can come back together."},
    key{limits<&b::max_connect_packet>, "max_connect_packet", kind::size, {64, largest_packet}, now,
        "Largest CONNECT packet."},
    key{limits<&b::max_connections>, "max_connections", kind::integer, {1, many}, now,
        "Connections of all listeners together; the limit on open files may lower it."},
    key{limits<&b::max_connections_per_address>, "max_connections_per_address",
        kind::integer, {1, many}, now,
        "Connections from one network address."},
    key{limits<&b::connect_rate_per_address>, "connect_rate_per_address",
        kind::integer, {1, many}, now,
        "New connections a second from one network address."},
    key{limits<&b::connect_burst_per_address>, "connect_burst_per_address",
        kind::integer, {1, many}, now,
        "New connections from one network address at once, before the rate counts."},
    key{limits<&b::max_clientid_bytes>, "max_clientid_bytes",
        kind::integer, {23, largest_text}, now,
        "Longest client identifier."},
    key{limits<&b::max_username_bytes>, "max_username_bytes", kind::integer, {1, largest_text}, now,
        "Longest user name."},
    key{limits<&b::max_password_bytes>, "max_password_bytes", kind::integer, {1, largest_text}, now,
        "Longest password; also of what `lmqttd user` asks for. It is looked at before anything is "
        "hashed."},
    key{limits<&b::max_token_bytes>, "max_token_bytes", kind::size, {1 * kib, largest_text}, now,
        "Longest token (JWT) in the place of a password, where auth.jwt.key_file is set; "
        "max_connect_packet has to leave room for it."},
    key{limits<&b::max_topic_bytes>, "max_topic_bytes", kind::integer, {1, largest_text}, now,
        "Longest topic name and topic filter."},
    key{limits<&b::max_topic_levels>, "max_topic_levels", kind::integer, {1, 65'536}, now,
        "Levels of a topic name or topic filter."},
    key{limits<&b::max_filters_per_subscribe>, "max_filters_per_subscribe",
        kind::integer, {1, many}, now,
        "Topic filters in one SUBSCRIBE or UNSUBSCRIBE."},
    key{limits<&b::max_subscriptions_per_session>, "max_subscriptions_per_session",
        kind::integer, {1, many}, now,
        "Subscriptions of one session."},
    key{limits<&b::max_user_properties>, "max_user_properties", kind::integer, {0, many}, now,
        "User properties in one packet."},
    key{limits<&b::max_property_bytes>, "max_property_bytes", kind::size, {64, largest_packet}, now,
        "Bytes of all properties in one packet."},
    key{limits<&b::max_retained_messages>, "max_retained_messages", kind::integer, {1, many}, now,
        "Retained messages of the whole broker."},
    key{limits<&b::max_retained_bytes>, "max_retained_bytes", kind::size, {1 * kib, terabyte}, now,
        "Bytes of all retained messages."},
    key{limits<&b::max_sessions>, "max_sessions", kind::integer, {1, many}, now,
        "Sessions, with and without a connection."},
    key{limits<&b::max_sessions_per_user>, "max_sessions_per_user", kind::integer, {1, many}, now,
        "Sessions of one user, on all listeners together. Devices that share a user name share the "
        "limit; anonymous clients are not held to it."},
    key{limits<&b::max_output_bytes>, "max_output_bytes", kind::size, {4 * kib, terabyte}, now,
        "Bytes written to one connection and not yet read by its peer."},
    key{limits<&b::output_stall>, "output_stall", kind::duration, {100, hour}, now,
        "Time a connection may go without reading anything of what waits for it before it is "
        "closed."},
    key{limits<&b::memory>, "memory", kind::size, {16 * mib, 1024 * terabyte}, now,
        "Memory of the whole broker; \"auto\" is 60 % of what the machine or the cgroup has. At "
        "70 % of it publishers are read from four times a second only, at 85 % CONNECT is refused, "
        "at 95 % PUBLISH as well, and the connection that holds most, by not reading or by not "
        "finishing what it sends, is closed; where that is not enough, the next.",
        "auto"},
};

constexpr std::array of_persistence{
    key{persistence<&persistence_options::type>, "type", kind::choice, {}, restart,
        "Where sessions, queues and retained messages are kept: in a SQLite database, or in "
        "memory, which forgets them at the end of the process."},
    key{persistence<&persistence_options::path>, "path", kind::text, {1, 4000}, restart,
        "The database, relative to the folder of this file. Without a configuration file it is "
        "in $STATE_DIRECTORY, or else in $XDG_STATE_HOME/lmqtt (~/.local/state/lmqtt)."},
    key{persistence<&persistence_options::durability>, "durability", kind::choice, {}, restart,
        "What an acknowledgement promises: \"full\": the message is on the disk; \"normal\": it "
        "survives the end of the process, however sudden, but not that of the machine; "
        "\"memory\": nothing, the message is written soon after."},
    key{persistence<&persistence_options::commit_interval>, "commit_interval", kind::duration,
        {0, 10 * second}, restart,
        "Time from one commit to the next, at least; on flash 20ms to 50ms spare many writes and "
        "delay acknowledgements as long."},
    key{persistence<&persistence_options::cache_bytes>, "cache_bytes", kind::size,
        {1 * mib, terabyte}, now,
        "Memory for messages deep in queues; what is more stays in the database until its turn is "
        "near. The first hundred messages of a queue and those of shared subscriptions are not "
        "counted."},
    key{persistence<&persistence_options::retained_qos0>, "retained_qos0", kind::choice, {}, now,
        "Retained messages published at QoS 0: \"write_behind\": stored within a second, the "
        "last one of a topic; \"memory\": forgotten at the end of the process."},
    key{persistence<&persistence_options::on_corrupt>, "on_corrupt", kind::choice, {}, restart,
        "What to do with a database that fails its check at the start: \"fail\": do not start, "
        "and touch nothing; \"quarantine\": rename it to <path>.corrupt-<UTC time> and begin a "
        "new, empty one."},
    key{persistence<&persistence_options::on_storage_error>, "on_storage_error",
        kind::choice, {}, restart,
        "What to do when the database cannot be written, which is neither for want of space nor "
        "because somebody else has locked it: \"hold\": try again, and acknowledge nothing until "
        "it works; \"memory\": give up after three tries, and go on as if there were none; "
        "\"exit\": stop."},
};

constexpr std::array of_acl{
    key{acl<&acl_options::file>, "file", kind::path, {0, 4095}, now,
        "File of more rules: TOML with [[rules]], or mosquitto's acl_file if its name ends in "
        ".acl; empty: none."},
    key{acl<&acl_options::check_retained_author>, "check_retained_author", kind::boolean, {}, now,
        "Whether a retained message is sent only while its author may still publish it: by the "
        "rules and with the roles of that moment."},
    key{acl<&acl_options::on_revocation>, "on_revocation", kind::choice, {}, now,
        "What happens to a client that may not subscribe any more to what it has subscribed to: "
        "it stays and is sent what it may still receive, or its connection ends (0x87)."},
};

constexpr std::array of_log{
    key{log<&log_options::level>, "level", kind::choice, {}, now,
        "The least important line that is written."},
    key{log<&log_options::format>, "format", kind::choice, {}, now,
        "Lines for people, or one JSON object a line."},
    key{log<&log_options::destination>, "destination", kind::destination, {1, 4095}, now,
        "Where the lines go."},
    key{log<&log_options::max_lines_per_cause>, "max_lines_per_cause",
        kind::integer, {1, many}, now,
        "Lines of one cause in a second, such as refused connections; then one line says how many "
        "were left out. Lines of debug and trace are not counted."},
    key{log<&log_options::dump_packet>, "dump_packet", kind::boolean, {}, now,
        "Whether every packet is described at level debug; never passwords, payloads or "
        "authentication data."},
};

constexpr std::array of_sys{
    key{sys<&sys_options::interval>, "interval", kind::duration, {1 * second, 24 * hour}, now,
        "How often the $SYS topics are published; \"off\": never.", "off"},
};

// clang-format on

}  // namespace

std::span<const key> top_keys() {
    return of_top;
}

std::span<const key> mqtt_keys() {
    return of_mqtt;
}

std::span<const key> limits_keys() {
    return of_limits;
}

std::span<const key> persistence_keys() {
    return of_persistence;
}

std::span<const key> acl_keys() {
    return of_acl;
}

std::span<const key> log_keys() {
    return of_log;
}

std::span<const key> sys_keys() {
    return of_sys;
}

}  // namespace lmqtt::config_file
