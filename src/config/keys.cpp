#include "config/keys.hpp"

#include <algorithm>
#include <array>

namespace lmqtt::config_file {
namespace {

template <class>
struct member_type;

template <class Owner, class T>
struct member_type<T Owner::*> {
    using type = T;
};

template <auto Member>
using convert = conversion<typename member_type<decltype(Member)>::type>;

template <auto Member>
constexpr field
described_by(std::string_view section, decltype(field::get) get, decltype(field::set) set) {
    using with = convert<Member>;
    return {section, get, set, with::lifts, with::empties, with::tick, with::words};
}

template <auto Member>
constexpr field top = described_by<Member>(
    "",
    [](const config& from, std::size_t) { return convert<Member>::out(from.*Member); },
    [](config& into, std::size_t, const setting& value) {
        into.*Member = convert<Member>::in(value);
    }
);

template <auto Section, auto Member>
constexpr field in_section(std::string_view name) {
    return described_by<Member>(
        name,
        [](const config& from, std::size_t) { return convert<Member>::out(from.*Section.*Member); },
        [](config& into, std::size_t, const setting& value) {
            into.*Section.*Member = convert<Member>::in(value);
        }
    );
}

template <auto Member>
constexpr field listener = described_by<Member>(
    listeners_section,
    [](const config& from, std::size_t index) {
        return convert<Member>::out(from.listeners.at(index).*Member);
    },
    [](config& into, std::size_t index, const setting& value) {
        into.listeners.at(index).*Member = convert<Member>::in(value);
    }
);

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
using l = listener_config;
using m = mqtt_options;
using b = limit_options;

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t gib = 1024 * mib;
constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t longest_expiry =
    4'294'967'294 * second;  // 0xFFFFFFFF means "never" on the wire
constexpr std::int64_t largest_packet =
    268'435'460;                               // 5 bytes of fixed header, 268,435,455 behind it
constexpr std::int64_t largest_text = 65'535;  // what an MQTT string can hold
constexpr std::int64_t many = 1'000'000'000;
constexpr std::int64_t terabyte = 1024 * gib;

constexpr reload now = reload::on_sighup;
constexpr reload restart = reload::needs_restart;

// clang-format off
constexpr std::array table{
    key{top<&c::workers>, "workers", kind::integer, {1, 64}, restart,
        "Shards, one thread each; \"auto\" is 1 on one or two cores, else half of them but at "
        "most 4.", "auto"},
    key{top<&c::pid_file>, "pid_file", kind::path, {0, 4095}, restart,
        "File that holds the process id while the broker runs; empty: none."},
    key{top<&c::user>, "user", kind::text, {0, 32}, restart,
        "User to become after the listeners are bound and before the database is opened; empty: "
        "stay."},

    key{listener<&l::address>, "address", kind::address, {1, 4095}, restart,
        "\"host:port\", \"[::1]:1883\", \":1883\" (all addresses) or "
        "\"unix:/run/lmqtt/mqtt.sock\"."},
    key{listener<&l::name>, "name", kind::text, {0, 64}, restart,
        "What logs and metrics call this listener; empty: its address.", {}, "\"lan\""},
    key{listener<&l::allow_anonymous>, "allow_anonymous", kind::boolean, {}, now,
        "Whether clients without credentials are welcome; not written: on loopback and UNIX "
        "sockets only.", {}, "true"},
    key{listener<&l::max_connections>, "max_connections", kind::integer, {1, many}, restart,
        "Connections this listener holds at once."},
    key{listener<&l::mount_point>, "mount_point", kind::text, {0, 1024}, restart,
        "Prefix put before every topic of this listener's clients, in filters and wills, too, and "
        "taken off what they receive. Limits count what the client wrote; $SYS is out of their "
        "reach.", {}, "\"site-a/\""},
    key{listener<&l::protocol_versions>, "protocol_versions", kind::choices, {}, now,
        "The MQTT versions this listener speaks."},
    key{listener<&l::unix_mode>, "unix_mode", kind::octal, {0, 0777}, restart,
        "Permissions of the socket file; only for \"unix:\" addresses."},
    key{listener<&l::durability>, "durability", kind::choice, {}, now,
        "In place of persistence.durability for what this listener's clients send; it cannot "
        "promise more.", {}, "\"memory\""},
    key{listener<&l::allow_zero_length_clientid>, "allow_zero_length_clientid",
        kind::boolean, {}, now,
        "In place of mqtt.allow_zero_length_clientid for this listener."},
    key{listener<&l::assigned_clientid_prefix>, "assigned_clientid_prefix",
        kind::text, {0, 64}, now,
        "In place of mqtt.assigned_clientid_prefix for this listener."},
    key{listener<&l::max_keepalive>, "max_keepalive",
        kind::seconds, {1 * second, 65'535 * second}, now,
        "In place of mqtt.max_keepalive for this listener."},
    key{listener<&l::maximum_qos>, "maximum_qos", kind::integer, {0, 2}, now,
        "In place of mqtt.maximum_qos for this listener."},
    key{listener<&l::max_packet_size>, "max_packet_size", kind::size, {16, largest_packet}, now,
        "In place of mqtt.max_packet_size for this listener."},
    key{listener<&l::topic_alias_maximum>, "topic_alias_maximum", kind::integer, {0, 65'535}, now,
        "In place of mqtt.topic_alias_maximum for this listener."},

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
        "clients keep what they ask for."},
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
        "Bytes of messages a session may hold."},
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

    key{limits<&b::handshake_timeout>, "handshake_timeout", kind::duration, {100, hour}, now,
        "Time from accepting a connection to the end of its CONNECT exchange."},
    key{limits<&b::max_pending_handshakes>, "max_pending_handshakes", kind::integer, {1, many}, now,
        "Connections that have not finished their CONNECT exchange."},
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
        "Longest password."},
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
    key{limits<&b::max_output_bytes>, "max_output_bytes", kind::size, {4 * kib, terabyte}, now,
        "Bytes written to one connection and not yet read by its peer."},
    key{limits<&b::output_stall>, "output_stall", kind::duration, {100, hour}, now,
        "Time a connection may go without reading anything of what waits for it before it is "
        "closed."},
    key{limits<&b::memory>, "memory", kind::size, {16 * mib, 1024 * terabyte}, now,
        "Memory of the whole broker; \"auto\" is 60 % of what the machine or the cgroup has. At "
        "70 % of it publishers are slowed down, at 85 % CONNECT is refused, at 95 % PUBLISH as "
        "well.",
        "auto"},

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

    key{acl<&acl_options::file>, "file", kind::path, {0, 4095}, now,
        "File of more rules: TOML with [[rules]], or mosquitto's acl_file if its name ends in "
        ".acl; empty: none."},

    key{log<&log_options::level>, "level", kind::choice, {}, now,
        "The least important line that is written."},
    key{log<&log_options::format>, "format", kind::choice, {}, now,
        "Lines for people, or one JSON object a line."},
    key{log<&log_options::destination>, "destination", kind::destination, {1, 4095}, now,
        "Where the lines go."},
    key{log<&log_options::dump_packet>, "dump_packet", kind::boolean, {}, now,
        "Whether every packet is described at level debug; never passwords, payloads or "
        "authentication data."},

    key{sys<&sys_options::interval>, "interval", kind::duration, {1 * second, 24 * hour}, now,
        "How often the $SYS topics are published; \"off\": never.", "off"},
};

constexpr std::array section_table{
    section{"", "The process."},
    section{listeners_section,
        "Where clients connect; one [[listeners]] for each address. Without any there is this "
        "one. A listener is reachable from other machines only if it says allow_anonymous = true."},
    section{"mqtt",
        "What the broker offers its clients. What is agreed in a CONNECT lasts as long as its "
        "connection."},
    section{"limits",
        "What protects the broker from its clients. 0 never means unlimited; that is written "
        "\"unlimited\"."},
    section{"persistence", "What outlives a connection."},
    section{acl_section,
        "Who may do what with which topics: docs/access.md. Without a file and without rules "
        "everybody may do everything; as soon as there is either, what no rule allows is denied."},
    section{"log", "What the broker tells about itself."},
    section{"sys", "The $SYS topics."},
};
// clang-format on

}  // namespace

std::span<const key> keys() {
    return table;
}

std::span<const section> sections() {
    return section_table;
}

std::span<const key> keys_of(std::string_view section_name) {
    const auto belongs = [section_name](const key& row) { return row.at.section == section_name; };
    const auto first = std::find_if(table.begin(), table.end(), belongs);
    const auto last = std::find_if_not(first, table.end(), belongs);
    return {first, last};
}

const key* find_key(std::string_view section_name, std::string_view name) {
    for (const key& row : keys_of(section_name)) {
        if (row.name == name) {
            return &row;
        }
    }
    return nullptr;
}

}  // namespace lmqtt::config_file
