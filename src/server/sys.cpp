// Publishes $SYS at its interval, from the first branch's tick.
#include "server/server_impl.hpp"
#include "topic/subscription_index.hpp"

#include <array>
#include <thread>

namespace lmqtt {

namespace {

// Beyond four times this, publishers are slowed down.
constexpr std::uint64_t long_log = std::uint64_t{256} * 1024 * 1024;

}  // namespace

broker::totals server::impl::add_up() {
    broker::totals sum;
    for (const auto& branch : shared.branches) {
        const auto& numbers = branch->broker().numbers();
        sum.clients_connected += numbers.clients_current.value();
        sum.sessions += numbers.sessions_current.value();
        sum.sessions_expired += numbers.sessions_expired.value();
        sum.subscriptions += numbers.subscriptions_current.value();
        sum.packets_received += numbers.packets_received.value();
        sum.packets_sent += numbers.packets_sent.value();
        sum.bytes_received += numbers.bytes_received.value();
        sum.bytes_sent += numbers.bytes_sent.value();
        sum.publish_received += numbers.publish_received.value();
        sum.publish_sent += numbers.publish_sent.value();
        sum.publish_bytes_received += numbers.publish_received_bytes.value();
        sum.publish_bytes_sent += numbers.publish_sent_bytes.value();
        sum.publish_dropped += numbers.dropped();
        sum.queued += numbers.queued_messages.value();
        sum.queued_bytes += numbers.queued_bytes.value();
        sum.connections += numbers.connections_accepted.value();
    }
    shared.directory.subscriptions.with_shared([&](const topic::subscription_index& index) {
        sum.shared_subscriptions = static_cast<std::int64_t>(index.group_count());
    });
    shared.directory.retained.with_shared([&](const broker::retained_messages& retained) {
        sum.retained = static_cast<std::int64_t>(retained.size());
        sum.retained_bytes = static_cast<std::int64_t>(retained.bytes());
    });
    sum.store_pending_bytes = static_cast<std::int64_t>(persistence->pending_bytes());
    sum.store_log_bytes = static_cast<std::int64_t>(persistence->log_bytes());
    sum.store_state = text_of(persistence->state());
    const auto& first = shared.branches.front()->broker().numbers();
    sum.config_state = broker::config_state_text(first.config_reload_failed.value() != 0);
    if (accounts) {
        sum.accounts_state = broker::files_state_text(first.accounts_reload_failed.value() != 0);
    }
    most_clients_ = std::max(most_clients_, sum.clients_connected);
    sum.clients_maximum = most_clients_;
    return sum;
}

void server::impl::watch_memory(bool gave_up_somebody) {
    static constexpr std::array<base::log_event, 4> words{
        "enough memory",
        "memory is short: publishers are slowed down",
        "memory is short: no more clients",
        "memory is short: no more messages",
    };
    const client::memory_stage stage = memory_.measure(gave_up_somebody);
    auto& numbers = shared.branches.front()->broker().numbers();
    numbers.memory_resident.set(static_cast<std::int64_t>(memory_.used()));
    numbers.memory_stage.set(static_cast<std::int64_t>(stage));
    if (shared.memory.exchange(stage) != stage) {
        own_log.warn(
            words.at(static_cast<std::size_t>(stage)),
            {{"resident", memory_.used()}, {"limit", memory_.cap()}}
        );
    }
}

void server::impl::watch_store() {
    auto& numbers = shared.branches.front()->broker().numbers();
    numbers.store_state.set(static_cast<std::int64_t>(persistence->state()));
    numbers.store_pending_bytes.set(static_cast<std::int64_t>(persistence->pending_bytes()));
    const std::uint64_t in_log = persistence->log_bytes();
    numbers.store_log_bytes.set(static_cast<std::int64_t>(in_log));
    if (in_log > long_log && !warned_of_log_) {
        own_log.warn(
            "somebody reads the database for so long that its log cannot be moved",
            {{"bytes", in_log}}
        );
    }
    warned_of_log_ = in_log > (warned_of_log_ ? long_log / 2 : long_log);
}

// Any thread.
void server::impl::tell_store_state(store_state state, std::string_view why) {
    if (state == store_state::working) {
        own_log.warn("the store works again");
    } else {
        own_log.error("the store has a problem", {{"state", text_of(state)}, {"why", why}});
    }
    if (state == store_state::ended) {
        stopper_ = std::thread([this] { stop(); });  // not this one: it is the store's
    }
    tell_status(broker::store_state_topic, text_of(state));
}

// What should be known before the next interval. Any thread; the state is a literal.
void server::impl::tell_status(std::string topic, std::string_view state) {
    serving::branch& first = *shared.branches.front();
    first.post([this, &first, topic = std::move(topic), state] {
        if (sys_interval_) {
            first.broker().publish_status(topic, state, first.now_ms());
        }
    });
}

void server::impl::publish_sys(base::instant now) {
    const auto interval = sys_interval_;
    if (!interval || (last_sys_ != base::steady_time{} && now.steady - last_sys_ < *interval)) {
        return;
    }
    const broker::totals sum = add_up();
    load_.update(sum, now.steady - last_sys_);
    last_sys_ = now.steady;
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(now.steady - shared.started);
    serving::branch& first = *shared.branches.front();
    for (const auto& each : broker::sys_topics(sum, uptime, load_)) {
        first.broker().publish_status(each.topic, each.payload, first.now_ms());
    }
    for (const door& each : doors_) {
        if (each.way.tls()) {
            const auto say = [&](std::string_view what, std::string_view value) {
                first.broker().publish_status(
                    broker::certificate_topic(each.name, what), value, first.now_ms()
                );
            };
            say("seconds_left", std::to_string(each.seconds_left(now)));
            say("state", broker::files_state_text(each.watch.has_failed()));
        }
    }
}

}  // namespace lmqtt
