// Attaches the client to its session and says so: CONNACK, with all that MQTT 5 wants to know.
#include "broker/mount.hpp"
#include "client/assigned_client_id.hpp"
#include "client/client.hpp"

#include <algorithm>

namespace lmqtt::client {

namespace {

// Of anonymous clients of a listener that is gone, or has no anonymous clients any more: else they
// could never have it back once accounts have been made. Or of a user of a file that no listener
// has any more, who comes by another way.
bool is_orphaned(
    const environment& env, const session::session& held, const broker::principal& who
) {
    const auto its_owner = static_cast<broker::owner>(held.owner);
    const auto [listener, file] =
        env.broker.shared().owners.with([its_owner](broker::owner_names& names) {
            return std::pair(
                std::string(names.listener_of(its_owner)), std::string(names.file_of(its_owner))
            );
        });
    const auto keeps_it = [&, &listener = listener, &file = file](const listener_rules_ptr& each) {
        return file.empty() ? each->name == listener && may_be_anonymous(env, *each)
                            : each->password_file == file;
    };
    const bool is_namesake = who.is_user && who.username == held.username();
    const bool may_have = !listener.empty() || (!file.empty() && is_namesake);
    return may_have && std::ranges::none_of(env.listeners, keeps_it);
}

// The queue judges a message with its mount point, which is not sent and may make the packet's
// length a byte longer; what it lets pass is judged again when it is written.
std::uint32_t judged_packet_size(std::uint32_t maximum, std::size_t prefix) {
    const std::uint64_t roughly = maximum + prefix + (prefix == 0 ? 0U : 1U);
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(roughly, std::numeric_limits<std::uint32_t>::max())
    );
}

// [MQTT-3.1.2-4 of 3.1.1] 3.x has no interval: a session that is kept is kept as long as the cap.
std::uint32_t session_expiry(const agreement& on, std::uint32_t cap) {
    if (on.connect.version != protocol_version::v5_0) {
        return on.connect.clean_start ? 0 : cap;
    }
    const std::uint32_t wanted = on.by.granted.session_expiry_seconds.value_or(
        on.connect.properties[prop::session_expiry_interval].value_or(0)
    );
    return std::min(wanted, cap);
}

}  // namespace

void client::greet(const agreement& on) {
    if (!settle_rules(on)) {
        return;
    }
    const base::steady_time now = env_.clock.now().steady;
    if (is_v5() && on.by.granted.keep_alive_seconds) {
        keep_alive_seconds_ = *on.by.granted.keep_alive_seconds;  // [MQTT-3.2.2-22]
    }
    broker::arrival arrival = describe_arrival(on);
    if (!on.by.username.empty()) {
        arrival.username = on.by.username;
    }
    arrival.who = {on.by.is_user, arrival.username, rules_->name, on.by.of_file};
    if (!may_have_session(arrival)) {
        return refuse(reason_code::client_identifier_not_valid, {});
    }
    if (!is_known_still(arrival, on.by) || !is_let_in(arrival, on.by)) {
        return;
    }
    const bool assigned = on.connect.client_id.empty();
    take_over(arrival.client_id);
    auto attached = env_.broker.attach(std::move(arrival), env_.milliseconds(now));
    if (attached.where == nullptr) {
        return refuse(reason_code::quota_exceeded, {});
    }
    session_ = attached.where;
    const auto& begun = attached.session_present ? env_.decisions.on_session_resumed
                                                 : env_.decisions.on_session_created;
    if (begun) {
        begun(info());
    }
    greeted_ = true;
    has_account_ = on.by.has_account;
    last_packet_ = now;
    if (on.by.until) {
        more().proof_ends = env_.end_of(on.by);
    }
    if (session_->received.size() != 0) {
        more().uncounted = session_->received;
    }
    window_.open(is_v5() ? rules_->mqtt.server_receive_maximum : 65535);
    reschedule(now);
    connection_.settle();
    auto& numbers = env_.broker.numbers();
    numbers.clients_connected.add();
    numbers.clients_current.add();
    session::answer answer{.type = packet_type::connack};
    answer.committed_by = attached.committed_by;
    answer.encoded =
        std::make_unique<std::string>(connack(on, {attached.session_present, assigned}));
    if (answer.encoded->size() > maximum_packet_size_) {
        // [MQTT-3.1.2-24] Not even this fits.
        return end({reason_code::packet_too_large, "client takes no CONNACK", false, false});
    }
    env_.broker.answer(*session_, std::move(answer));
    announce_arrival();
    if (attached.session_present && env_.access.limits_subscriptions()) {
        review();  // by the roles and the listener it comes with
    }
}

// From here on the client is held to what it is told. False: its will is not.
bool client::settle_rules(const agreement& on) {
    rules_ = rules_with(rules_, on.by.granted.limits);
    if (on.connect.will) {
        if (const auto refusal = rules_->refusal_of(*on.connect.will)) {
            refuse(refusal->reason, {}, refusal->why);
            return false;
        }
    }
    const std::uint16_t wanted = on.connect.properties[prop::topic_alias_maximum].value_or(0);
    const std::uint16_t aliases = std::min(wanted, rules_->mqtt.topic_alias_maximum);
    if (aliases != 0) {
        more().outgoing = session::outgoing_aliases(aliases);
    }
    return true;
}

// A client identifier is no secret (MQTT 5.0, 5.4.2): knowing it must not be enough.
bool client::may_have_session(const broker::arrival& who) const {
    const session::session* const held = env_.broker.sessions().find(who.client_id);
    if (held == nullptr || held->expired(now_ms())) {
        return true;
    }
    const auto its_owner = static_cast<broker::owner>(held->owner);
    const bool owns = env_.broker.shared().owners.with([&](broker::owner_names& names) {
        return names.owns(who.who, its_owner, held->username());
    });
    return owns || is_orphaned(env_, *held, who.who);
}

// [MQTT-3.1.4-3] Whoever holds the session leaves it first, as everybody does.
void client::take_over(std::string_view client_id) {
    const session::session* const held = env_.broker.sessions().find(client_id);
    if (held == nullptr) {
        return;
    }
    if (client* const former = env_.clients.find(held->connection)) {
        env_.broker.numbers().sessions_taken_over.add();
        former->end({reason_code::session_taken_over, "session taken over", true});
    }
}

void client::announce_arrival() {
    const client_info about = info();
    if (env_.log.enabled(log_level::info)) {
        env_.log.info(
            "client connected",
            {{"client", about.client_id},
             {"peer", connection_.peer().text()},
             {"listener", about.listener}}
        );
    }
    if (env_.decisions.on_connected) {
        env_.decisions.on_connected(about);
    }
}

broker::arrival client::describe_arrival(const agreement& on) const {
    const auto& [connect, by] = on;
    broker::arrival arrival;
    arrival.client_id = connect.client_id;
    if (connect.client_id.empty()) {
        // [MQTT-3.1.3-6] [MQTT-3.2.2-16]
        arrival.client_id = !by.granted.assigned_client_id.empty()
                                ? by.granted.assigned_client_id
                                : assigned_client_id(
                                      rules_->mqtt.assigned_clientid_prefix, env_.shard, env_.shards
                                  );
    }
    arrival.username = connect.username.value_or(std::string_view{});
    arrival.version = version_;
    arrival.clean_start = connect.clean_start;
    arrival.expiry_interval_seconds =
        session_expiry(on, rules_->policy->session_expiry_cap_seconds);
    arrival.terms.version = version_;
    arrival.terms.receive_maximum = connect.properties[prop::receive_maximum].value_or(65535);
    arrival.terms.maximum_packet_size =
        judged_packet_size(maximum_packet_size_, rules_->mount_point.size());
    arrival.rules = rules_->policy;
    arrival.connection = id_;
    if (connect.will) {
        arrival.will = std::make_unique<stored_will>();
        arrival.will->topic = broker::mounted_topic(rules_->mount_point, connect.will->topic);
        arrival.will->payload = connect.will->payload;
        arrival.will->quality = connect.will->quality;
        arrival.will->retain = connect.will->retain;
        arrival.will->properties = connect.will->properties.wire();
        arrival.will->delay_seconds =
            connect.will->properties[prop::will_delay_interval].value_or(0);
        arrival.will->roles = by.token_roles();
    }
    return arrival;
}

std::string client::connack(const agreement& on, greeting how) const {
    const auto& [connect, by] = on;
    properties told;
    if (is_v5()) {
        announce_terms(told, connect);
        if (how.assigned) {
            told.set(prop::assigned_client_identifier, session_->client_id);  // [MQTT-3.1.3-7]
        }
        if (extras_ && !extras_->auth_method.empty()) {
            told.set(prop::authentication_method, extras_->auth_method);
            if (!by.answer.empty()) {
                told.set(prop::authentication_data, by.answer);
            }
        }
        // [MQTT-3.1.2-28]
        if (connect.properties[prop::request_response_information].value_or(0) != 0 &&
            !by.granted.response_information.empty()) {
            told.set(prop::response_information, by.granted.response_information);
        }
    }
    properties with_extras = told;
    for (const auto& [name, value] : by.granted.user_properties) {
        with_extras.add({name, value});
    }
    std::string encoded;
    const connack_packet full{how.session_present, reason_code::success, with_extras};
    mqtt::encode(encoded, full, version_);
    if (encoded.size() > maximum_packet_size_) {
        // [MQTT-3.2.2-20]
        encoded.clear();
        const connack_packet plain{how.session_present, reason_code::success, told};
        mqtt::encode(encoded, plain, version_);
    }
    return encoded;
}

// What this listener offers; what is the protocol's default is not said. [MQTT-3.2.2-9]
void client::announce_terms(properties& told, const connect_packet& connect) const {
    const auto& offered = rules_->mqtt;
    const auto asked = connect.properties[prop::session_expiry_interval].value_or(0);
    if (session_->expiry_interval_seconds != asked) {
        told.set(prop::session_expiry_interval, session_->expiry_interval_seconds);
    }
    if (offered.server_receive_maximum != 65535) {
        told.set(prop::receive_maximum, offered.server_receive_maximum);
    }
    if (offered.maximum_qos != qos::exactly_once) {
        told.set(prop::maximum_qos, static_cast<std::uint8_t>(offered.maximum_qos));
    }
    const auto say_when_off = [&](auto name, bool available) {
        if (!available) {
            told.set(name, std::uint8_t{0});
        }
    };
    say_when_off(prop::retain_available, offered.retain_available);
    if (!offered.max_packet_size.is_unlimited()) {
        told.set(
            prop::maximum_packet_size,
            static_cast<std::uint32_t>(offered.max_packet_size.value_or_max())
        );
    }
    if (offered.topic_alias_maximum != 0) {
        told.set(prop::topic_alias_maximum, offered.topic_alias_maximum);
    }
    say_when_off(prop::wildcard_subscription_available, offered.wildcard_subscription_available);
    say_when_off(
        prop::subscription_identifier_available, offered.subscription_identifier_available
    );
    say_when_off(prop::shared_subscription_available, offered.shared_subscription_available);
    if (keep_alive_seconds_ != connect.keep_alive_seconds) {
        told.set(prop::server_keep_alive, keep_alive_seconds_);  // [MQTT-3.2.2-22]
    }
}

}  // namespace lmqtt::client
