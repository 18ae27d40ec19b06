// One connected client: the coroutine that reads its packets and the functions that handle them.
// Owned by its coroutine's frame; lives on one shard, from the accepted descriptor to the end of
// the connection. Other code of the shard may call what is public.
#pragma once

#include "base/wheel.hpp"
#include "broker/broker.hpp"
#include "client/ending.hpp"
#include "client/environment.hpp"
#include "client/extras.hpp"
#include "mqtt/decode.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/framer.hpp"
#include "net/connection.hpp"
#include "session/inbound.hpp"

#include <lmqtt/hooks.hpp>
#include <lmqtt/task.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lmqtt::client {

class client final : private base::wheel_entry {
public:
    client(environment& env, hand_over&& arriving);
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    // The life of a connection. The coroutine owns the client.
    static task<> run(std::unique_ptr<client> self);

    // Writes what the session owes into the connection's output. The shard calls it for ready
    // sessions, once a turn, and when the connection has drained.
    void deliver();
    void deliver_held();

    void disconnect(const ending& how) { end(how); }

    void review();  // rules or accounts have changed: what that means for it and its subscriptions

    std::size_t held_bytes() const;  // waiting in this connection, either way
    void give_up();                  // there is no memory left for it

    client_info info() const;

    session::connection_id id() const { return id_; }

    static client& from(base::wheel_entry& entry) { return static_cast<client&>(entry); }

    void on_timer(base::steady_time now);      // handshake deadline, keep alive, stalled output
    void watch_output(base::steady_time now);  // once in a while: has the peer stopped reading?

private:
    // handshake.cpp
    task<> handshake();
    task<> decide(const connect_packet& connect, const std::string& received);
    task<std::string> receive_packet(bool first);
    void receive_handshake();
    void pass_on(unsigned home, const std::string& connect, std::unique_ptr<approval> approved);
    void take_terms(const connect_packet& connect);
    std::optional<byte_view> continued_auth(const std::string& packet, decision& said);
    void refuse_malformed(const mqtt::frame& frame, const mqtt::protocol_failure& failure);
    void refuse(reason_code reason, const decision& said, std::string_view why = {});
    void refuse_silently(reason_code reason, std::string_view why);

    // authenticate.cpp
    task<decision> authenticate(const connect_packet& connect, approval& by);
    task<decision> ask_hook(const connect_packet& connect, approval& by);
    task<decision> authenticate_by_method(const connect_packet& connect, approval& by);
    bool begin_exchange(std::string_view client_id);
    decision take_step(auth_request& request, approval& by);

    // greet.cpp
    void greet(const agreement& on);
    bool settle_rules(const agreement& on);
    bool may_have_session(const broker::arrival& who) const;
    void take_over(std::string_view client_id);
    void announce_arrival();
    broker::arrival describe_arrival(const agreement& on) const;
    std::string connack(const agreement& on, greeting how) const;
    void announce_terms(properties& told, const connect_packet& connect) const;

    // authorise.cpp
    const access::rights* rights();
    bool is_known_still(const broker::arrival& who, const approval& by);
    bool is_let_in(const broker::arrival& who, const approval& by);
    bool may_publish(const publish_packet& packet);
    bool may_subscribe(subscription& mounted);
    bool may_receive(std::string_view topic);
    void deny(const access::decision& made, broker::denied_action action, std::string_view topic);

    // consume.cpp
    void read();
    void consume(byte_view bytes);
    void keep(byte_view rest, bool joined);
    void handle(const mqtt::frame& frame);
    void fail(const mqtt::protocol_failure& failure);
    bool dumps() const;
    void dump(std::string_view direction, byte_view packet) const;
    void defer(const mqtt::frame& frame);
    bool deferring() const;
    bool throttled() const;
    bool must_pause() const;
    task<> pause();
    task<> settle();

    // handle_publish.cpp
    void handle_publish(const mqtt::frame& frame);
    task<> settle_publish(mqtt::frame frame);
    bool counts(const publish_packet& packet, bool duplicate);
    bool admit_publish(const publish_packet& packet);
    bool resolve_alias(publish_packet& packet);
    void accept(const publish_packet& packet);
    void refuse_topic(const publish_packet& packet);
    bool refuses(const publish_packet& packet) const;
    void accept_decided(const publish_packet&, const publish_request&, const decision& said);
    void route(const publish_packet& what, const publish_packet& packet);
    void answer_publish(const publish_packet& packet, session::answer what, const decision& said);

    // handle_ack.cpp
    void handle_ack(const mqtt::frame& frame);
    void handle_pubrel(std::uint16_t packet_id);
    void acknowledge(packet_type type, std::uint16_t packet_id, bool refused);

    // handle_subscribe.cpp, handle_unsubscribe.cpp
    void handle_subscribe(const mqtt::frame& frame);
    task<> settle_subscribe(mqtt::frame frame);
    reason_code subscribe_one(subscribe_request::item&, const decision&, subscribe_outcome&);
    bool check_subscribe(const subscribe_packet& packet);
    void subscribe(const subscribe_packet&, subscribe_request&, const decision& said);
    void handle_unsubscribe(const mqtt::frame& frame);
    task<> settle_unsubscribe(mqtt::frame frame);
    reason_code unsubscribe_one(unsubscribe_request::item&, const decision&, ticket& committed_by);
    void unsubscribe(const unsubscribe_packet&, unsubscribe_request&, const decision& said);

    // handle_auth.cpp, handle_disconnect.cpp
    void handle_auth(const mqtt::frame& frame);
    task<> settle_auth(mqtt::frame frame);
    void authenticate_again(const auth_packet& packet);
    void answer_auth(const auth_request& request, const decision& said);
    void renew(approval&& by);
    void send_auth(reason_code reason, std::string_view data);
    void handle_disconnect(const mqtt::frame& frame);
    void handle_pingreq(const mqtt::frame& frame);
    void reply(packet_type type, std::string encoded);

    // deliver.cpp
    void sent(std::size_t start);
    void write_answers();
    void write_answer(session::answer& what);
    void append_reasoned_ack(std::string& output, const session::answer& what);
    properties problem_information(const decision& said) const;
    void write_publish(const session::outgoing& what, std::int64_t now);
    void choose_alias(const mqtt::routed_message& message, mqtt::delivery& how);
    mqtt::delivery describe_delivery(const session::outgoing& what, std::int64_t now) const;
    bool outgrows(const mqtt::routed_message& message, const mqtt::delivery& how) const;
    bool output_full() const;
    task<> room_in_output();
    task<> breathe();
    void wake_output_waiter();
    static void drained(void* self) noexcept;

    // farewell.cpp
    void end(const ending& how);
    void leave_session(const ending& how);
    void say_goodbye(const ending& how);
    void announce_end(const ending& how);
    void reschedule(base::steady_time now);

    bool is_v5() const { return version_ == protocol_version::v5_0; }

    std::int64_t now_ms() const;
    extras& more();

    environment& env_;
    net::connection connection_;
    listener_rules_ptr rules_;
    session::session* session_ = nullptr;  // null before the handshake, and after it has gone
    session::connection_id id_ = 0;
    std::unique_ptr<std::string> leftover_;  // an unfinished packet, or what waits for a decision
    std::unique_ptr<extras> extras_;
    base::steady_time last_packet_{};  // until the first one: when the connection was accepted
    std::uint32_t maximum_packet_size_ = 268'435'460;  // the client's
    session::receive_window window_;
    std::uint16_t keep_alive_seconds_ = 0;
    protocol_version version_ = protocol_version::v3_1_1;
    bool wants_problem_information_ = true;
    bool has_account_ = false;     // without which it would not have come in
    bool greeted_ = false;         // CONNACK with success is among the answers ...
    bool connack_sent_ = false;    // ... and has been written
    bool awaits_verdict_ = false;  // who it is is being found out, and not by its packets
    bool ended_ = false;
};

}  // namespace lmqtt::client
