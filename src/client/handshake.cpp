// From the first byte to CONNACK: read CONNECT, find the home shard, decide, attach, greet.
#include "client/assigned_client_id.hpp"
#include "client/client.hpp"

namespace lmqtt::client {

namespace {

constexpr std::uint32_t largest_packet = 268'435'460;  // MQTT's own bound: 2.1.4

}  // namespace

task<> client::handshake() {
    const std::string received = co_await receive_packet(true);
    if (received.empty()) {
        co_return;
    }
    byte_view bytes = received;
    const auto frame = mqtt::next_frame(bytes, {.maximum_packet_size = received.size()});
    const auto connect = mqtt::decode_connect(**frame, rules_->decode);
    if (!connect) {
        refuse_malformed(**frame, connect.error());
        co_return;
    }
    version_ = connect->version;
    if (const auto refusal = rules_->refusal_of(*connect)) {
        refuse(refusal->reason, {}, refusal->why);
        co_return;
    }
    const unsigned home = home_shard(connect->client_id, env_.shards);
    if (!connect->client_id.empty() && home != env_.shard) {
        pass_on(home, received, nullptr);
        co_return;
    }
    take_terms(*connect);
    if (env_.memory.load() >= memory_stage::refuse_clients) {
        refuse(reason_code::quota_exceeded, {});
        co_return;
    }
    if (extras_ && extras_->approved) {
        const auto approved = std::move(extras_->approved);
        extras_->auth_method = connect->properties[prop::authentication_method].value_or("");
        greet({*connect, *approved});
        co_return;
    }
    co_await decide(*connect, received);
}

task<> client::decide(const connect_packet& connect, const std::string& received) {
    auto by = std::make_unique<approval>();
    decision said;
    if (connect.properties[prop::authentication_method]) {
        said = co_await authenticate_by_method(connect, *by);
    } else {
        awaits_verdict_ = true;
        said = co_await authenticate(connect, *by);
        awaits_verdict_ = false;
    }
    if (ended_) {
        co_return;
    }
    if (!said.allowed()) {
        refuse(said.reason, said);
        co_return;
    }
    const std::string& assigned = by->granted.assigned_client_id;
    if (connect.client_id.empty() && !assigned.empty()) {
        const unsigned home = home_shard(assigned, env_.shards);
        if (home != env_.shard) {
            pass_on(home, received, std::move(by));
            co_return;
        }
    }
    greet({connect, *by});
}

// One whole packet, or nothing if the connection ended meanwhile. What came behind it stays in
// leftover_.
task<std::string> client::receive_packet(bool first) {
    const mqtt::frame_limits limits{
        .maximum_packet_size = rules_->limits.max_connect_packet.value_or_max(),
        .only_connect = first};
    while (!ended_) {
        byte_view bytes = leftover_ ? byte_view(*leftover_) : byte_view();
        const auto frame = mqtt::next_frame(bytes, limits);
        if (!frame) {
            env_.broker.numbers().protocol_errors.add();
            end({frame.error().code, frame.error().why});
            break;
        }
        if (*frame) {
            std::string packet((*frame)->whole);
            keep(bytes, true);
            env_.broker.numbers().packets_received.add();
            if (dumps()) {
                dump("received", packet);
            }
            co_return packet;
        }
        const auto [error] = co_await connection_.readable();
        if (error) {
            end({reason_code::unspecified_error, "connection lost"});
            break;
        }
        receive_handshake();
    }
    co_return std::string{};
}

void client::receive_handshake() {
    const auto received = connection_.receive(env_.read_buffer);
    if (received.told_peer && !connection_.rename(*received.told_peer, env_.clock.now().steady)) {
        return refuse_silently(reason_code::connection_rate_exceeded, "too many from its address");
    }
    switch (received.what) {
    case net::receive_result::outcome::bytes:
        env_.broker.numbers().bytes_received.add(static_cast<std::int64_t>(received.bytes.size()));
        env_.received_in_turn += received.bytes.size();
        if (!leftover_) {
            leftover_ = std::make_unique<std::string>();
        }
        leftover_->append(received.bytes);
        break;
    case net::receive_result::outcome::would_block:
    case net::receive_result::outcome::over:
        break;
    case net::receive_result::outcome::closed:
    case net::receive_result::outcome::failed:
        end({reason_code::unspecified_error, "closed before CONNECT"});
        return connection_.close();
    }
    if (!received.why.empty()) {
        refuse_silently(reason_code::unspecified_error, received.why);
    }
}

// Before a packet has come there is no version to answer in.
void client::refuse_silently(reason_code reason, std::string_view why) {
    env_.log.info("connection refused", {{"peer", connection_.peer().text()}, {"reason", why}});
    end({reason, why});
}

void client::pass_on(
    unsigned home, const std::string& connect, std::unique_ptr<approval> approved
) {
    ended_ = true;
    env_.wheel.cancel(*this);
    hand_over leaving{connection_.release(), connect, std::move(approved), last_packet_};
    if (leftover_) {
        leaving.received += *leftover_;
    }
    env_.pass_on(home, std::move(leaving));
}

void client::take_terms(const connect_packet& connect) {
    const auto& given = connect.properties;
    maximum_packet_size_ = given[prop::maximum_packet_size].value_or(largest_packet);
    wants_problem_information_ = given[prop::request_problem_information].value_or(1) != 0;
    keep_alive_seconds_ = connect.keep_alive_seconds;
    if (is_v5() && !rules_->mqtt.max_keepalive.is_unlimited()) {
        const auto cap =
            static_cast<std::uint16_t>(rules_->mqtt.max_keepalive.value_or_max().count());
        keep_alive_seconds_ =
            keep_alive_seconds_ == 0 ? cap : std::min(keep_alive_seconds_, cap);  // [X-KA-1]
    }
}

// The client's next step; nothing if it is none. [MQTT-3.1.2-30] [MQTT-4.12.0-3]
std::optional<byte_view> client::continued_auth(const std::string& packet, decision& said) {
    if (packet.empty()) {
        return std::nullopt;  // the connection has ended
    }
    byte_view bytes = packet;
    const auto frame = mqtt::next_frame(bytes, {.maximum_packet_size = packet.size()});
    if ((*frame)->type == packet_type::disconnect) {
        end({reason_code::normal_disconnection, "disconnected during authentication"});
        return std::nullopt;
    }
    said.reason = reason_code::protocol_error;
    if ((*frame)->type != packet_type::auth) {
        return std::nullopt;
    }
    const auto auth = mqtt::decode_auth(**frame, version_);
    if (!auth || auth->reason.code() != reason_code::continue_authentication ||
        auth->properties[prop::authentication_method].value_or("") != extras_->auth_method) {
        return std::nullopt;
    }
    said.reason = reason_code::success;
    return auth->properties[prop::authentication_data].value_or(byte_view{});
}

// [MQTT-3.1.4-1] [MQTT-3.1.2-2]: only an unsupported version is worth an answer in 3.x.
void client::refuse_malformed(const mqtt::frame& frame, const mqtt::protocol_failure& failure) {
    env_.broker.numbers().protocol_errors.add();
    if (failure.code == reason_code::unsupported_protocol_version) {
        connection_.output() += mqtt::refusal_of_version(frame);
        connection_.mark_dirty();
    }
    end({failure.code, failure.why});
}

// [MQTT-3.1.4-2] [MQTT-3.2.2-7] [MQTT-3.2.2-6]
void client::refuse(reason_code reason, const decision& said, std::string_view why) {
    const auto known =
        connack_reason::from(reason).value_or(connack_reason(reason_code::unspecified_error));
    const properties told = problem_information(said);
    std::string connack;
    // [MQTT-3.2.2-6] of 3.1.1: without a fitting return code it is closed without a word.
    if (is_v5() || mqtt::return_code_of(known)) {
        mqtt::encode(connack, connack_packet{false, known, told}, version_);
        if (connack.size() > maximum_packet_size_) {
            connack.clear();
            mqtt::encode(connack, connack_packet{false, known, {}}, version_);
        }
    }
    if (!connack.empty() && connack.size() <= maximum_packet_size_) {
        connection_.output() += connack;
        sent(0);
    }
    const std::string peer = connection_.peer().text();
    if (why.empty()) {
        env_.log.info("connection refused", {{"peer", peer}, {"reason", name_of(reason)}});
    } else {
        env_.log.info(
            "connection refused", {{"peer", peer}, {"reason", name_of(reason)}, {"why", why}}
        );
    }
    end({reason, "connection refused"});
}

}  // namespace lmqtt::client
