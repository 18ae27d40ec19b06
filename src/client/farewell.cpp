// How a connection ends: the only place that turns a cause into a DISCONNECT, a will and a notice.
#include "client/client.hpp"

namespace lmqtt::client {

namespace {

// How long the peer gets to read our last packet and close its side.
constexpr auto linger = std::chrono::seconds(1);

}  // namespace

void client::end(const ending& how) {
    if (ended_) {
        return;
    }
    if (greeted_ && session_ != nullptr) {
        write_answers();  // what has been earned already, CONNACK first of all
        if (ended_) {
            return;  // one of them was a refusal that 3.x can only be told by closing
        }
    }
    ended_ = true;
    if (extras_) {
        extras_->deferred.clear();
    }
    if (greeted_) {
        announce_end(how);
    } else {
        env_.broker.numbers().handshakes_refused.add();
    }
    say_goodbye(how);
    leave_session(how);
    leftover_.reset();
    connection_.shutdown_after_flush();  // [MQTT-3.14.4-2] [MQTT-4.13.2-1]
    env_.wheel.schedule(*this, env_.clock.now().steady + linger);
    wake_output_waiter();
}

// [MQTT-3.14.0-1] No DISCONNECT before a CONNACK, and none ever to a client of 3.x.
void client::say_goodbye(const ending& how) {
    if (!how.tell || !connack_sent_ || !is_v5()) {
        return;
    }
    const auto reason = disconnect_reason::from(how.reason);
    const properties told = problem_information({how.reason, std::string(how.reason_string)});
    disconnect_packet packet{
        .reason = reason.value_or(disconnect_reason(reason_code::unspecified_error)),
        .properties = told};
    std::string& output = connection_.output();
    const std::size_t start = output.size();
    mqtt::encode(output, packet, version_);
    if (output.size() - start > maximum_packet_size_) {
        output.resize(start);
        packet.properties = {};  // [MQTT-3.14.2-3]
        mqtt::encode(output, packet, version_);
    }
    sent(start);
}

void client::leave_session(const ending& how) {
    if (session_ == nullptr) {
        return;
    }
    broker::departure leaving;
    leaving.publish_will = how.publish_will;
    leaving.expiry_interval_seconds = how.expiry_interval_seconds;
    env_.broker.detach(*std::exchange(session_, nullptr), leaving, now_ms());
}

void client::announce_end(const ending& how) {
    auto& numbers = env_.broker.numbers();
    numbers.clients_disconnected.add();
    numbers.clients_current.subtract();
    const client_info about = info();
    if (env_.log.enabled(log_level::info)) {
        const std::string peer = connection_.peer().text();
        env_.log.info(
            "client disconnected",
            {{"client", about.client_id}, {"peer", peer}, {"reason", how.why}}
        );
    }
    if (env_.decisions.on_closed) {
        env_.decisions.on_closed({about, how.reason, how.why});
    }
}

}  // namespace lmqtt::client
