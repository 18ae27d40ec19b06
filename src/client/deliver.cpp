// From the session to the wire: answers that may go, then messages as far as windows and output
// allow.
#include "broker/mount.hpp"
#include "client/client.hpp"
#include "client/deliver_ready.hpp"

namespace lmqtt::client {

namespace {

// Payloads above this are sent from where they lie; below it a copy is cheaper than a segment.
constexpr std::size_t copied_payload = 1024;

std::uint32_t seconds_left(const mqtt::routed_message& message, std::int64_t now_ms) {
    const std::int64_t left = (message.expires_at_ms() - now_ms + 999) / 1000;
    return static_cast<std::uint32_t>(std::max<std::int64_t>(left, 1));
}

}  // namespace

void client::deliver() {
    deliver_held();
    if (!ended_ && connack_sent_ && env_.broker.continue_replays(*session_, now_ms())) {
        env_.broker.mark_ready(*session_);
    }
}

// All that is there to be sent. What a new subscription brings is looked for by turns alone: it is
// work that others pay for.
void client::deliver_held() {
    if (ended_ || session_ == nullptr) {
        return;
    }
    write_answers();
    if (ended_ || !connack_sent_) {
        return;  // [MQTT-3.2.0-1]
    }
    const std::int64_t now = now_ms();
    // It is full only when the kernel takes no more: a turn may bring more than it holds.
    const auto has_room = [this] {
        if (output_full()) {
            connection_.send_now(env_.clock.now().steady);
        }
        return !output_full();
    };
    while (has_room()) {
        const auto next = env_.broker.take(*session_, now);
        if (!next) {
            break;
        }
        write_publish(*next, now);
    }
    if (output_full()) {
        connection_.when_drained(&client::drained, this);
        reschedule(env_.clock.now().steady);
    } else if (session_->out.waits_for_commit(env_.broker.committed())) {
        env_.broker.wait_for_commit(*session_);
    }
}

void client::drained(void* self) noexcept {
    auto& me = *static_cast<client*>(self);
    me.wake_output_waiter();
    if (me.session_ != nullptr) {
        me.env_.broker.mark_ready(*me.session_);
    }
}

bool client::output_full() const {
    return !ended_ && connection_.unsent_bytes() >= rules_->limits.max_output_bytes.value_or_max();
}

// A client that does not read is not read from.
task<> client::room_in_output() {
    output_timer waiter(env_.where, base::steady_time::max());
    more().output_waiter = &waiter;
    connection_.when_drained(&client::drained, this);
    connection_.mark_dirty();
    co_await waiter.async_wait(use_task);
    more().output_waiter = nullptr;
}

// Acknowledgements and pings of a client that also publishes are still read, only later: they are
// what gives memory back.
task<> client::breathe() {
    constexpr auto moment = std::chrono::milliseconds(250);
    output_timer waiter(env_.where, env_.clock.now().steady + moment);
    more().throttled = false;
    more().output_waiter = &waiter;
    co_await waiter.async_wait(use_task);
    more().output_waiter = nullptr;
}

void client::wake_output_waiter() {
    if (extras_ && extras_->output_waiter != nullptr) {
        extras_->output_waiter->cancel();
    }
}

void client::write_answers() {
    const ticket committed = env_.broker.committed();
    while (!ended_) {
        auto next = session_->answers.take(committed);
        if (!next) {
            break;
        }
        write_answer(*next);
    }
    if (session_ != nullptr && session_->answers.size() != 0) {
        env_.broker.wait_for_commit(*session_);
    }
}

// What all packets have in common, once one is in the output from `start` on.
void client::sent(std::size_t start) {
    env_.broker.numbers().packets_sent.add();
    connection_.mark_dirty();
    if (dumps()) {
        dump("sent", byte_view(connection_.output()).substr(start));
    }
}

// [MQTT-4.6.0-2] What leaves here leaves in the order of the packets it answers.
void client::write_answer(session::answer& what) {
    const bool refused = static_cast<std::uint8_t>(what.reason) >= 0x80;
    const bool ends_exchange = what.type == packet_type::puback ||
                               what.type == packet_type::pubcomp ||
                               (what.type == packet_type::pubrec && refused);
    if (ends_exchange && what.counted) {
        window_.give_back();
    }
    if (what.type == packet_type::pubrec && refused) {
        ticket unused = 0;
        env_.broker.free_packet_id(*session_, what.packet_id, unused);  // [MQTT-4.3.3-9]
    }
    const bool answers_publish =
        what.type == packet_type::puback || what.type == packet_type::pubrec;
    if (refused && answers_publish && !is_v5()) {
        // [MQTT-4.8.0-2] of 3.1.1: closing is the only way to say no.
        session_->answers.clear();
        return end({what.reason, "a message could not be taken"});
    }
    std::string& output = connection_.output();
    const std::size_t start = output.size();
    if (what.encoded) {
        output += *what.encoded;
        connack_sent_ = true;  // the first answer of all
    } else if (what.reason == reason_code::success && !what.reason_string) {
        mqtt::append_ack(output, what.type, what.packet_id);
    } else {
        append_reasoned_ack(output, what);
    }
    sent(start);
}

void client::append_reasoned_ack(std::string& output, const session::answer& what) {
    properties told;
    if (what.reason_string) {
        told = problem_information({what.reason, *what.reason_string});
    }
    const std::size_t before = output.size();
    mqtt::encode_ack(output, what.type, {what.packet_id, what.reason, told}, version_);
    if (output.size() - before > maximum_packet_size_) {
        output.resize(before);
        mqtt::encode_ack(output, what.type, {what.packet_id, what.reason, {}}, version_);
    }
}

// [MQTT-3.1.2-29]
properties client::problem_information(const decision& said) const {
    properties told;
    if (is_v5() && wants_problem_information_ && !said.reason_string.empty()) {
        told.set(prop::reason_string, said.reason_string);
    }
    return told;
}

void client::write_publish(const session::outgoing& what, std::int64_t now) {
    std::string& output = connection_.output();
    const std::size_t start = output.size();
    if (what.message == nullptr) {
        mqtt::append_ack(output, packet_type::pubrel, what.packet_id);
        return sent(start);
    }
    const mqtt::routed_message& message = *what.message;
    if (!may_receive(message.topic())) {
        return env_.broker.drop(*session_, what, {session::drop_reason::not_allowed, now});
    }
    mqtt::delivery how = describe_delivery(what, now);
    if (outgrows(message, how)) {
        const auto why = session::drop_reason::exceeds_maximum_packet_size;
        return env_.broker.drop(*session_, what, {why, now});
    }
    const std::string_view shown = message.topic().substr(how.topic_skip);
    const auto& withheld_unless = env_.decisions.on_publish;
    if (withheld_unless && !withheld_unless(info(), shown, message.payload())) {
        return env_.broker.withdraw(*session_, what);
    }
    if (extras_ && extras_->outgoing.maximum() != 0) {
        choose_alias(message, how);
    }
    const std::size_t payload = message.payload().size();
    if (payload <= copied_payload) {
        mqtt::append_publish(output, message, how, version_);
        sent(start);
    } else {
        mqtt::append_publish_head(output, message, how, version_);
        sent(start);
        const auto owner = std::make_shared<mqtt::routed_message_ptr>(message.shared());
        connection_.append_shared(message.payload(), owner);
    }
    auto& numbers = env_.broker.numbers();
    numbers.publish_sent.add();
    numbers.publish_sent_bytes.add(static_cast<std::int64_t>(payload));
    if (env_.decisions.on_delivered) {
        env_.decisions.on_delivered(info(), shown, message.payload());
    }
}

mqtt::delivery client::describe_delivery(const session::outgoing& what, std::int64_t now) const {
    const mqtt::routed_message& message = *what.message;
    mqtt::delivery how{};
    how.packet_id = what.packet_id;
    how.quality = what.quality;
    how.dup = what.dup;
    how.retain = what.retain;
    how.topic_skip = broker::hidden_prefix(rules_->mount_point, message.topic());
    if (is_v5()) {
        if (what.subscription_identifiers != nullptr) {
            how.subscription_identifiers = *what.subscription_identifiers;
        }
        if (message.expiry_given()) {
            how.message_expiry_interval = seconds_left(message, now);  // [MQTT-3.3.2-6]
        }
    }
    return how;
}

// A mount point is known here alone, so what comes through one is measured here. [MQTT-3.1.2-24]
bool client::outgrows(const mqtt::routed_message& message, const mqtt::delivery& how) const {
    return !rules_->mount_point.empty() &&
           mqtt::encoded_size(message, how, version_) > maximum_packet_size_;
}

// Only for topics that an alias makes shorter, so that no packet grows beyond what it was judged to
// be.
void client::choose_alias(const mqtt::routed_message& message, mqtt::delivery& how) {
    constexpr std::size_t alias_property = 3;
    if (message.topic().size() - how.topic_skip <= alias_property) {
        return;
    }
    how.topic_alias = 1;
    if (mqtt::encoded_size(message, how, version_) > maximum_packet_size_) {
        how.topic_alias = 0;  // the first PUBLISH with an alias carries both
        return;
    }
    const auto chosen = more().outgoing.choose(message.topic());
    how.topic_alias = chosen.alias;
    how.omit_topic = chosen.known;
}

void deliver_ready(environment& env) {
    for (const session::handle each : env.broker.take_ready()) {
        session::session* const who = env.broker.sessions().resolve(each);
        if (who == nullptr) {
            continue;
        }
        who->ready = false;
        if (client* const connected = env.clients.find(who->connection)) {
            connected->deliver();
        }
    }
}

}  // namespace lmqtt::client
