// The keys of [[listeners]].
#include "config/key_field.hpp"
#include "config/key_tables.hpp"

#include <array>

namespace lmqtt::config_file {
namespace {

using l = listener_config;
using t = tls_options;
using w = websocket_options;

template <auto Member>
constexpr field tls = listener_part<&l::tls, Member>;
template <auto Member>
constexpr field websocket = listener_part<&l::websocket, Member>;

// clang-format off
constexpr std::array table{
    key{listener<&l::address>, "address", kind::address, {1, 4095}, restart,
        "\"host:port\", \"[::1]:1883\", \":1883\" (all addresses) or "
        "\"unix:/run/lmqtt/mqtt.sock\"."},
    key{listener<&l::name>, "name", kind::text, {0, 64}, restart,
        "What logs and metrics call this listener; empty: its address.", {}, "\"lan\""},
    key{listener<&l::allow_anonymous>, "allow_anonymous", kind::boolean, {}, now,
        "Whether clients that prove no name are welcome; not written: programs of this machine on "
        "loopback and UNIX sockets without a proxy before them, as long as there are no accounts, "
        "and no password_file here. Pages of other hosts, open in a browser here, are no such "
        "programs.", {}, "true"},
    key{listener<&l::max_connections>, "max_connections", kind::integer, {1, many}, restart,
        "Connections this listener holds at once."},
    key{listener<&l::mount_point>, "mount_point", kind::text, {0, 1024}, restart,
        "Prefix put before every topic of this listener's clients, in filters and wills, too, and "
        "taken off what they receive; it ends with /. Limits count what the client wrote; $SYS is "
        "out of their reach.", {}, "\"site-a/\""},
    key{listener<&l::protocol_versions>, "protocol_versions", kind::choices, {}, now,
        "The MQTT versions this listener speaks."},
    key{listener<&l::unix_mode>, "unix_mode", kind::octal, {0, 0777}, restart,
        "Permissions of the socket file; only for \"unix:\" addresses."},
    key{listener<&l::durability>, "durability", kind::choice, {}, now,
        "In place of persistence.durability for what this listener's clients send; it cannot "
        "promise more. One connection to the database writes for all listeners: \"normal\" where "
        "persistence.durability is \"full\" is the same as \"full\".", {}, "\"memory\""},
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
    key{listener<&l::password_file>, "password_file", kind::path, {0, longest_path}, now,
        "A file of mosquitto_passwd in place of auth.password_file on this listener; its users are "
        "other people than those of any other file. Users of auth.accounts may come in as well, "
        "and of two of one name theirs counts. Empty: none.", {}, "\"lan.passwd\""},
    key{listener<&l::acl_file>, "acl_file", kind::path, {0, longest_path}, now,
        "File of more rules, written as acl.file and about this listener alone. With it, what no "
        "rule allows is denied here, and elsewhere only if there are other rules. Empty: none.",
        {}, "\"lan.acl\""},
    key{listener<&l::proxy_protocol>, "proxy_protocol", kind::boolean, {}, restart,
        "Whether every connection must begin with a PROXY protocol header (version 1 or 2) that "
        "says whose it is; only connections from proxy_trusted are taken then, and those to a UNIX "
        "socket, where unix_mode says who may connect."},
    key{listener<&l::proxy_trusted>, "proxy_trusted", kind::list, {1, 64}, restart,
        "Addresses or networks that may send PROXY protocol headers; a UNIX socket needs none.", {},
        "[\"192.0.2.10\", \"2001:db8::/32\"]"},
    key{websocket<&w::path>, "websocket.path", kind::text, {1, 1024}, restart,
        "The path of the WebSocket; others are answered with 404. A listener with any key of "
        "websocket, or with websocket = {}, speaks MQTT over WebSocket.", {}, "\"/\""},
    key{websocket<&w::origins>, "websocket.origins", kind::list, {0, 2048}, restart,
        "Origins of web pages that may connect, such as \"https://example.org\"; empty: all, "
        "but without a name only where allow_anonymous says so, and programs that send none.",
        {}, "[]"},
    key{websocket<&w::trusted_proxies>, "websocket.trusted_proxies", kind::list, {1, 64}, restart,
        "Addresses or networks whose X-Forwarded-For is believed.", {}, "[]"},
    key{tls<&t::cert_file>, "tls.cert_file", kind::path, {1, longest_path}, now,
        "The certificate chain, PEM. A listener with any key of tls speaks TLS, which only a "
        "restart begins or ends; the files are read again on SIGHUP and when they change.", {},
        "\"server.crt\""},
    key{tls<&t::key_file>, "tls.key_file", kind::path, {1, longest_path}, now,
        "The private key of the certificate, PEM, without a password; chmod o= it.", {},
        "\"server.key\""},
    key{tls<&t::client_ca_file>, "tls.client_ca_file", kind::path, {0, longest_path}, now,
        "The authorities that client certificates are checked against, PEM.", {}, "\"ca.crt\""},
    key{tls<&t::client_certificate>, "tls.client_certificate", kind::choice, {}, now,
        "Whether clients are asked for a certificate, and whether they must have one. One that "
        "does not stand the check is never taken.", {}, "\"none\""},
    key{tls<&t::crl_file>, "tls.crl_file", kind::path, {0, longest_path}, now,
        "Revoked certificates, PEM; with it, every authority in the chain needs a list.", {},
        "\"ca.crl\""},
    key{tls<&t::identity_as_username>, "tls.identity_as_username", kind::choice, {}, now,
        "What of a client's certificate is its user name, in place of that in CONNECT: the common "
        "name, the first DNS or mail name, or the whole subject (RFC 2253).", {}, "\"none\""},
    key{tls<&t::min_version>, "tls.min_version", kind::choice, {}, now,
        "The lowest TLS version that is spoken.", {}, "\"1.2\""},
    key{tls<&t::ciphers>, "tls.ciphers", kind::text, {0, 4096}, now,
        "Cipher suites of TLS 1.2 in OpenSSL's notation; empty: those with forward secrecy and "
        "authenticated encryption.", {}, "\"ECDHE+AESGCM\""},
};
// clang-format on

}  // namespace

std::span<const key> listener_keys() {
    return table;
}

}  // namespace lmqtt::config_file
