#include "config/validate.hpp"

#include <lmqtt/listen_address.hpp>
#include <lmqtt/network.hpp>

#include <optional>
#include <string>

namespace lmqtt::config_file {
namespace {

struct check {
    const config& whole;
    const origins& written;
    std::vector<problem>& found;

    void complain(position at, std::string message) const {
        found.push_back({at, std::move(message)});
    }
};

void queue_holds_what_is_in_flight(const check& in) {
    const mqtt_options& mqtt = in.whole.mqtt;
    const bool usable = in.written.usable("mqtt", "max_queued_messages") &&
                        in.written.usable("mqtt", "max_inflight");
    if (!usable || mqtt.max_queued_messages.allows(mqtt.max_inflight.value_or_max())) {
        return;
    }
    const position queued_at = in.written.of("mqtt", "max_queued_messages");
    in.complain(
        queued_at != position{} ? queued_at : in.written.of("mqtt", "max_inflight"),
        "mqtt.max_queued_messages is less than mqtt.max_inflight: a queue holds what is in flight, "
        "too"
    );
}

/// The text is good, or the listener has been complained about already.
std::optional<listen_address> address_of(const check& in, std::size_t listener) {
    return parse_listen_address(in.whole.listeners[listener].address);
}

void has_address(const check& in, std::size_t listener) {
    if (in.whole.listeners[listener].address.empty() &&
        in.written.usable(listeners_section, "address", listener)) {
        in.complain(in.written.of_listener(listener, "address"), "this listener has no address");
    }
}

/// By accounts of its own. Certificates with a name in them are accounts of a kind.
bool knows_its_clients(const listener_config& entry) {
    const bool has_names = entry.tls &&
                           entry.tls->client_certificate == client_certificate::required &&
                           entry.tls->identity_as_username != certificate_identity::none;
    return has_names || !entry.password_file.empty();
}

/// Whom others than this machine's programs can reach says himself who may come in.
void is_exposed_on_purpose(const check& in, std::size_t listener) {
    const listener_config& entry = in.whole.listeners[listener];
    const std::optional<listen_address> address = address_of(in, listener);
    if (!address || (is_local(*address) && !is_behind_proxy(entry)) || entry.allow_anonymous ||
        knows_its_clients(entry) ||
        !in.written.usable(listeners_section, "allow_anonymous", listener)) {
        return;
    }
    in.complain(
        in.written.of_listener(listener, "address"),
        "the listener " + entry.address + " can be reached from other machines" +
            (is_local(*address) ? ", through a proxy" : "") +
            ": say allow_anonymous = false in it and give its "
            "clients accounts (lmqttd user add, or a password_file), or allow_anonymous = true "
            "to let everybody in" +
            (is_local(*address) ? "" : ", or use a loopback address")
    );
}

void mode_has_a_socket_file(const check& in, std::size_t listener) {
    const std::optional<listen_address> address = address_of(in, listener);
    const position at = in.written.of(listeners_section, "unix_mode", listener);
    if (address && !address->is_unix() && at != position{}) {
        in.complain(at, "listeners.unix_mode is only for \"unix:\" addresses");
    }
}

/// A key of `listener` that its other keys give no meaning, or too little.
void complain_of(const check& in, std::size_t listener, std::string_view name, std::string why) {
    if (in.written.usable(listeners_section, name, listener)) {
        in.complain(
            in.written.of_listener(listener, name),
            "listeners." + std::string(name) + " " + std::move(why)
        );
    }
}

void tls_is_complete(const check& in, std::size_t listener) {
    const std::optional<tls_options>& tls = in.whole.listeners[listener].tls;
    if (!tls) {
        return;
    }
    if (tls->cert_file.empty()) {
        complain_of(in, listener, "tls.cert_file", "is missing: TLS needs a certificate");
    }
    if (tls->key_file.empty()) {
        complain_of(in, listener, "tls.key_file", "is missing: TLS needs the certificate's key");
    }
    const bool asks = tls->client_certificate != client_certificate::none;
    // Who has written "none" knows that nobody is checked.
    const bool forgets =
        !asks && in.written.of(listeners_section, "tls.client_certificate", listener) == position{};
    if (asks && tls->client_ca_file.empty() &&
        in.written.usable(listeners_section, "tls.client_ca_file", listener)) {
        complain_of(
            in, listener, "tls.client_certificate", "needs tls.client_ca_file to check them against"
        );
    }
    if (forgets && !tls->client_ca_file.empty()) {
        complain_of(
            in,
            listener,
            "tls.client_ca_file",
            "checks nobody: say tls.client_certificate = \"required\" or \"optional\""
        );
    }
    if (forgets && !tls->crl_file.empty()) {
        complain_of(
            in, listener, "tls.crl_file", "revokes nothing where no client certificate is asked for"
        );
    }
    if (!asks && tls->identity_as_username != certificate_identity::none) {
        complain_of(
            in, listener, "tls.identity_as_username", "needs clients that have certificates"
        );
    }
}

void are_networks(
    const check& in, std::size_t listener, std::string_view name, const texts& written
) {
    for (const std::string& each : written) {
        if (!parse_network(each)) {
            complain_of(
                in,
                listener,
                name,
                "has \"" + each +
                    "\", which is no address such as 192.0.2.10 and no network such "
                    "as 2001:db8::/32"
            );
        }
    }
}

void websocket_can_be_asked_for(const check& in, std::size_t listener) {
    const std::optional<websocket_options>& websocket = in.whole.listeners[listener].websocket;
    if (!websocket) {
        return;
    }
    if (!websocket->path.starts_with('/')) {
        complain_of(in, listener, "websocket.path", "must begin with /");
    }
    if (websocket->path.find_first_of("?# ") != std::string::npos) {
        complain_of(in, listener, "websocket.path", "must not contain a space, ? or #");
    }
    are_networks(in, listener, "websocket.trusted_proxies", websocket->trusted_proxies);
}

void proxies_are_known(const check& in, std::size_t listener) {
    const listener_config& entry = in.whole.listeners[listener];
    const std::optional<listen_address> address = address_of(in, listener);
    const bool has_addresses = address && !address->is_unix();
    if (entry.proxy_protocol && has_addresses && entry.proxy_trusted.empty()) {
        complain_of(
            in,
            listener,
            "proxy_protocol",
            "needs proxy_trusted: anybody could claim any address otherwise"
        );
    }
    are_networks(in, listener, "proxy_trusted", entry.proxy_trusted);
}

// Without the last level's end a filter such as "#" could not be put behind it.
void mount_point_is_a_topic(const check& in, std::size_t listener) {
    const std::string& mount_point = in.whole.listeners[listener].mount_point;
    const position at = in.written.of_listener(listener, "mount_point");
    if (mount_point.find_first_of("+#") != std::string::npos) {
        in.complain(at, "listeners.mount_point must not contain the wildcards + and #");
    }
    if (!mount_point.empty() && !mount_point.ends_with('/')) {
        in.complain(at, "listeners.mount_point must end with /, as in \"site-a/\"");
    }
    // "$S/" would do: nobody's business but the broker's.
    if (mount_point.starts_with('$')) {
        in.complain(at, "listeners.mount_point must not begin with $: $SYS is the broker's own");
    }
}

void promises_what_the_store_keeps(const check& in, std::size_t listener) {
    const std::optional<durability> wanted = in.whole.listeners[listener].durability;
    const durability kept = in.whole.persistence.durability;
    if (wanted && *wanted < kept && in.written.usable("persistence", "durability")) {
        in.complain(
            in.written.of_listener(listener, "durability"),
            "listeners.durability cannot promise more than persistence.durability"
        );
    }
}

bool overlap(const listen_address& one, const listen_address& other) {
    if (one.is_unix() || other.is_unix()) {
        return one.path == other.path;
    }
    const auto all = [](const listen_address& address) { return address.host.empty(); };
    const auto is_v6 = [](const listen_address& address) {
        return address.host.find(':') != std::string::npos;
    };
    const auto all_of_its_kind = [](const listen_address& address) {
        return address.host == "0.0.0.0" || address.host == "::";
    };
    const bool wild =
        all(one) || all(other) ||
        (is_v6(one) == is_v6(other) && (all_of_its_kind(one) || all_of_its_kind(other)));
    // Port 0 is a free port of the system's choice, another one each time.
    return one.port == other.port && one.port != 0 && (wild || one.host == other.host);
}

void is_unlike_the_others(const check& in, std::size_t listener) {
    const std::optional<listen_address> address = address_of(in, listener);
    const listener_config& entry = in.whole.listeners[listener];
    for (std::size_t i = 0; i < listener; ++i) {
        const listener_config& earlier = in.whole.listeners[i];
        const std::optional<listen_address> taken = address_of(in, i);
        if (address && taken && overlap(*address, *taken)) {
            in.complain(
                in.written.of_listener(listener, "address"),
                "the address " + entry.address + " is already taken by the listener " +
                    earlier.address
            );
        }
        if (!entry.name.empty() && entry.name == earlier.name) {
            in.complain(
                in.written.of_listener(listener, "name"),
                "another listener is already called " + entry.name
            );
        }
    }
}

}  // namespace

std::vector<problem> validate(const config& whole, const origins& written) {
    std::vector<problem> found;
    const check in{whole, written, found};
    queue_holds_what_is_in_flight(in);
    for (std::size_t i = 0; i < whole.listeners.size(); ++i) {
        has_address(in, i);
        is_exposed_on_purpose(in, i);
        mode_has_a_socket_file(in, i);
        tls_is_complete(in, i);
        websocket_can_be_asked_for(in, i);
        proxies_are_known(in, i);
        mount_point_is_a_topic(in, i);
        promises_what_the_store_keeps(in, i);
        is_unlike_the_others(in, i);
    }
    return found;
}

}  // namespace lmqtt::config_file
