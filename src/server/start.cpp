// How a server comes to life: rooms, branches, listeners, threads; or one line why not.
#include "broker/restoration.hpp"
#include "client/assigned_client_id.hpp"
#include "server/guard_hooks.hpp"
#include "server/rules.hpp"
#include "server/server_impl.hpp"
#include "store/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/state_error.hpp"

#include <thread>

namespace lmqtt {

namespace {

std::unique_ptr<store>
make_store(const persistence_options& wanted, const base::clock& clock, base::logger& log) {
    if (wanted.type == persistence_type::memory) {
        return std::make_unique<persistence::memory_store>();
    }
    persistence::sqlite_options options;
    options.path = wanted.path;
    options.how = wanted.durability == durability::full ? persistence::synchronous::full
                                                        : persistence::synchronous::normal;
    options.commit_interval = wanted.commit_interval;
    options.opened_at_ms = base::milliseconds_of(clock.now().wall);
    options.on_error = wanted.on_storage_error;
    if (wanted.on_corrupt == corruption_policy::quarantine) {
        options.quarantine = [&log](std::string_view name, std::string_view why) {
            log.error(
                "the database is damaged: it was set aside, and a new one begun without sessions, "
                "queues and retained messages",
                {{"set_aside", name}, {"why", why}}
            );
        };
    }
    return std::make_unique<persistence::sqlite_store>(std::move(options));
}

startup_error startup_error_of(const persistence::state_error& error) {
    using cause = persistence::state_error::cause;
    std::string line = std::string("persistence.path ") + error.what();
    switch (error.why()) {
    case cause::damaged:
        line += "; restore a backup (lmqttd restore), or set persistence.on_corrupt = "
                "\"quarantine\" to set it aside and begin anew";
        return {startup_error::cause::storage_damaged, line};
    case cause::in_use:
        return {startup_error::cause::storage_in_use, line};
    case cause::missing:
    case cause::refused:
    case cause::not_written:
        break;
    }
    return {startup_error::cause::storage, line};
}

}  // namespace

server::impl::impl(config given, std::unique_ptr<store> given_store)
    : settings(std::move(given))
    , log(settings.log, clock)
    , own_log(log, "server")
    , persistence(
          given_store ? std::move(given_store) : make_store(settings.persistence, clock, own_log)
      )
    , shared(decisions, log, *persistence, clock)
    , runtime(worker_count(settings, std::thread::hardware_concurrency()), clock) {
    const auto shards = static_cast<unsigned>(runtime.size());
    for (unsigned at = 0; at < shards; ++at) {
        shared.branches.push_back(std::make_unique<serving::branch>(
            runtime.at(at), shared, serving::broker_options_of(settings, at, shards)
        ));
    }
}

void server::impl::check() {
    open_accounts();
    make_access_rules(settings.acl, rules_of_accounts());
    make_doors();
    accounts.reset();
    doors_.clear();
}

void server::impl::start(const std::function<void()>& once_bound) {
    decisions = serving::guard(given_hooks, own_log);
    connect_events();
    shared.gate.set_limits(serving::admission_limits_of(settings));
    open_accounts();
    acl_ = settings.acl;
    auto access_rules = make_access_rules(acl_, rules_of_accounts());
    connect_access();
    use_access_rules(access_rules, acl_, false);
    apply_rules();
    make_doors();
    listen();
    try {
        if (once_bound) {
            once_bound();
        }
        restore();
        for (const auto& branch : shared.branches) {
            branch->review_restored();
        }
    } catch (...) {
        listeners.clear();
        throw;
    }
    serving::branch& first = *shared.branches.front();
    first.on_tick([this](base::instant now) {
        log.report_suppressed();
        watch_memory(shared.gave_up_somebody.exchange(false));
        watch_store();
        watch_certificates(now);
        watch_accounts(now);
        publish_sys(now);
    });
    for (const auto& branch : shared.branches) {
        branch->on_growth([this, &first] { first.post([this] { watch_memory(); }); });
    }
    for (auto& each : listeners) {
        each->start(first.tasks(), own_log);
    }
    warn_of_messages_no_queue_can_hold();
    warn_of_open_passwords();
    warn_of_open_files();
    phase_ = phase::running;
    runtime.start();
    for (const auto& each : listeners) {
        own_log.info("listening", {{"address", each->address_text()}});
    }
}

// After the listeners are bound, so that a port in use costs nobody a recovery; before anything is
// accepted.
void server::impl::restore() {
    persistence->on_state([this](store_state state, std::string_view why) {
        tell_store_state(state, why);
    });
    std::vector<broker::broker*> brokers;
    for (const auto& branch : shared.branches) {
        brokers.push_back(&branch->broker());
    }
    const auto shards = static_cast<unsigned>(brokers.size());
    broker::restoration into(
        brokers,
        [shards](std::string_view client_id) { return client::home_shard(client_id, shards); },
        own_policy,
        settings.persistence.cache_bytes
    );
    try {
        const recovered highest = persistence->recover(into);
        shared.directory.last_message_id = highest.last_message_id;
        shared.directory.last_stored_session_id = highest.last_session_id;
        into.finish(shared.branches.front()->now_ms());
    } catch (const startup_error&) {
        throw;
    } catch (const persistence::state_error& error) {
        throw startup_error_of(error);
    } catch (const std::exception& error) {
        throw startup_error(startup_error::cause::storage, error.what());
    }
}

void server::impl::warn_of_messages_no_queue_can_hold() {
    const auto largest = settings.mqtt.max_packet_size.value_or_max();
    const auto queue = settings.mqtt.max_queued_bytes.value_or_max();
    if (largest > queue) {
        own_log.warn(
            "mqtt.max_packet_size is more than mqtt.max_queued_bytes: a client that is connected "
            "is sent one larger message at a time, for one that is away they are dropped",
            {{"max_packet_size", largest}, {"max_queued_bytes", queue}}
        );
    }
}

// Before the threads run, directly; afterwards on each branch's own thread.
void server::impl::apply_rules() {
    const auto rules = serving::listener_rules_of(settings);
    const auto sweep = settings.mqtt.session_expiry_check_interval;
    const auto sys_interval = settings.sys.interval;
    const auto limits = settings.limits;
    const auto shards = static_cast<unsigned>(shared.branches.size());
    for (unsigned at = 0; at < shards; ++at) {
        serving::branch& branch = *shared.branches[at];
        const auto options = serving::broker_options_of(settings, at, shards);
        const auto apply = [this, &branch, rules, sweep, options, sys_interval, limits] {
            branch.use_rules(rules);
            branch.use_options(options);
            branch.set_expiry_interval(sweep);
            if (options.shard == 0) {
                own_policy = serving::policy_of_nobody(*rules.front()->policy);
                memory_.set_cap(limits);
                sys_interval_ = sys_interval;
            }
        };
        if (phase_ == phase::made) {
            apply();
        } else {
            branch.post(apply);
        }
    }
}

// From the broker's notices to the program's hooks; a hook nobody set stays an empty function.
void server::impl::connect_events() {
    auto& events = shared.listeners;
    if (decisions.on_session_terminated) {
        events.session_terminated = [this](std::string_view client_id, broker::termination why) {
            decisions.on_session_terminated(client_id, static_cast<session_end>(why));
        };
    }
    if (decisions.on_msg_dropped) {
        events.message_dropped = [this](
                                     std::string_view client_id,
                                     const mqtt::routed_message& message,
                                     session::drop_reason why
                                 ) {
            decisions.on_msg_dropped(client_id, message.topic(), session::text_of(why));
        };
    }
    if (decisions.on_will_publish) {
        events.will_publish = [this](std::string_view client_id, message& will) {
            return decisions.on_will_publish(client_id, will) && may_be_published(client_id, will);
        };
    }
    events.will_published = decisions.on_will_published;
}

// A hook may have made up another topic, but it opens none that is closed to clients.
bool server::impl::may_be_published(std::string_view client_id, const message& will) {
    if (broker::admissible::is_open(will.topic)) {
        return true;
    }
    own_log.error(
        "a hook has given a will a topic that it may not have",
        {{"client", client_id}, {"topic", will.topic}}
    );
    return false;
}

void server::impl::publish(message what) {
    serving::branch& first = *shared.branches.front();
    first.post([this, &first, what = std::move(what)] {
        first.broker().publish(what, {0, {}, *own_policy}, first.now_ms());
    });
}

serving::branch& server::impl::home_of(std::string_view client_id) {
    const auto shards = static_cast<unsigned>(shared.branches.size());
    return *shared.branches[client::home_shard(client_id, shards)];
}

void server::impl::with_session(
    std::string client_id, std::function<void(serving::branch&, session::session&)> use
) {
    serving::branch& home = home_of(client_id);
    home.post([&home, client_id = std::move(client_id), use = std::move(use)] {
        if (session::session* const who = home.broker().sessions().find(client_id)) {
            use(home, *who);
        }
    });
}

session_info serving::describe(const session::session& who) {
    session_info about;
    about.client_id = who.client_id;
    about.username = who.username();
    about.version = who.version;
    about.connected = who.attached();
    about.created_at_ms = who.created_at_ms;
    about.connected_at_ms = who.connected_at_ms;
    about.disconnected_at_ms = who.disconnected_at_ms;
    about.expiry_interval_seconds = who.expiry_interval_seconds;
    about.queued_messages = who.out.size();
    about.queued_bytes = who.out.bytes();
    about.inflight_messages = who.out.inflight();
    for (const auto& held : who.subscriptions) {
        about.subscriptions.push_back(held.what);
    }
    return about;
}

}  // namespace lmqtt
