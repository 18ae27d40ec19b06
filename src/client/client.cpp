#include "client/client.hpp"

namespace lmqtt::client {

namespace {

std::chrono::milliseconds allowance(std::uint16_t keep_alive_seconds) {
    return std::chrono::milliseconds(keep_alive_seconds * 1500LL);
}

}  // namespace

client::client(environment& env, hand_over&& arriving)
    : env_(env)
    , connection_(env.where, std::move(arriving.socket), env.dirty)
    , rules_(env.listeners.at(connection_.listener()))
    , last_packet_(arriving.accepted.value_or(env.clock.now().steady)) {
    if (!arriving.received.empty()) {
        leftover_ = std::make_unique<std::string>(std::move(arriving.received));
    }
    if (arriving.approved) {
        more().approved = std::move(arriving.approved);
    }
    id_ = env_.clients.enter(*this);
    env_.broker.numbers().connections_current.add();
    env_.wheel.schedule(*this, last_packet_ + rules_->limits.handshake_timeout);
}

client::~client() {
    if (session_ != nullptr) {
        // Its task has failed. Nobody else would ever say that it has gone.
        const ending how{reason_code::unspecified_error, "its task has failed"};
        if (greeted_) {
            announce_end(how);
        }
        leave_session(how);
    }
    env_.clients.leave(id_);
    env_.broker.numbers().connections_current.subtract();
}

task<> client::run(std::unique_ptr<client> self) {
    client& me = *self;
    co_await me.handshake();
    if (me.greeted_) {
        me.consume({});  // what came right behind CONNECT
    }
    while (me.connection_.is_open()) {
        if (me.must_pause()) {
            co_await me.pause();
            continue;
        }
        const auto [error] = co_await me.connection_.readable();
        if (error) {
            break;
        }
        me.read();
    }
    me.end({reason_code::unspecified_error, "connection lost"});
}

void client::read() {
    const auto received = connection_.receive(env_.read_buffer);
    switch (received.what) {
    case net::receive_result::outcome::bytes:
        env_.broker.numbers().bytes_received.add(static_cast<std::int64_t>(received.bytes.size()));
        env_.received_in_turn += received.bytes.size();
        consume(received.bytes);
        break;
    case net::receive_result::outcome::would_block:
    case net::receive_result::outcome::over:
        break;
    case net::receive_result::outcome::closed:
        end({reason_code::unspecified_error, "closed by the peer"});
        connection_.close();
        return;
    case net::receive_result::outcome::failed:
        end({reason_code::unspecified_error, "connection lost"});
        connection_.close();
        return;
    }
    if (!received.why.empty()) {
        end({reason_code::unspecified_error, received.why});
    }
}

std::size_t client::held_bytes() const {
    return connection_.unsent_bytes() + (leftover_ ? leftover_->size() : 0);
}

void client::give_up() {
    end({reason_code::quota_exceeded, "no memory left", true});
    connection_.reset();
}

client_info client::info() const {
    client_info about;
    if (session_ != nullptr) {
        about.client_id = session_->client_id;
        about.username = session_->username();
    }
    about.peer_address = connection_.peer().text();
    about.listener = rules_->name;
    about.version = version_;
    return about;
}

extras& client::more() {
    if (!extras_) {
        extras_ = std::make_unique<extras>();
    }
    return *extras_;
}

std::int64_t client::now_ms() const {
    return env_.milliseconds(env_.clock.now().steady);
}

// [MQTT-3.1.2-22] A packet is a whole one: bytes that trickle in do not count.
void client::on_timer(base::steady_time now) {
    if (ended_) {
        connection_.close();
        return;
    }
    if (awaits_verdict_) {
        return refuse(reason_code::quota_exceeded, {}, "not checked in time");
    }
    if (!greeted_) {
        end({reason_code::not_authorized, "no complete CONNECT in time"});
        return;
    }
    const auto stalled = connection_.stalled_since();
    if (stalled && now - *stalled >= rules_->limits.output_stall) {
        end({reason_code::quota_exceeded, "does not read what it is sent"});
        connection_.reset();
        return;
    }
    if (keep_alive_seconds_ != 0 && now - last_packet_ >= allowance(keep_alive_seconds_)) {
        end({reason_code::keep_alive_timeout, "keep alive timeout", true});
        return;
    }
    if (extras_ && extras_->proof_ends && now >= *extras_->proof_ends) {
        end({reason_code::not_authorized, "its token has ended", true});
        return;
    }
    reschedule(now);
}

// A kernel that takes no more says so to nobody, and without another message nobody would find out.
void client::watch_output(base::steady_time now) {
    if (greeted_ && !ended_ && connection_.stalled_since()) {
        reschedule(now);
    }
}

void client::reschedule(base::steady_time now) {
    auto due = base::steady_time::max();
    if (keep_alive_seconds_ != 0) {
        due = last_packet_ + allowance(keep_alive_seconds_);
    }
    const auto stalled = connection_.stalled_since();
    if (stalled || output_full()) {
        due = std::min(due, stalled.value_or(now) + rules_->limits.output_stall);
    }
    if (extras_ && extras_->proof_ends) {
        due = std::min(due, *extras_->proof_ends);
    }
    if (due != base::steady_time::max()) {
        env_.wheel.schedule(*this, due);
    } else {
        env_.wheel.cancel(*this);
    }
}

}  // namespace lmqtt::client
