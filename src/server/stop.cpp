// The stop sequence, top to bottom; and what a reload may change.
#include "broker/last_words.hpp"
#include "server/rules.hpp"
#include "server/server_impl.hpp"

#include <chrono>
#include <future>
#include <latch>

namespace lmqtt {

namespace {

// How long clients get to read their last packets.
constexpr auto grace = std::chrono::seconds(2);

}  // namespace

void server::impl::stop() {
    {
        std::unique_lock lock(phase_mutex_);
        if (phase_ == phase::stopping) {
            phase_changed_.wait(lock, [&] { return phase_ == phase::stopped; });
            return;
        }
        if (phase_ != phase::running) {
            phase_ = phase::stopped;
            phase_changed_.notify_all();
            return;
        }
        phase_ = phase::stopping;
    }
    own_log.info("stopping");
    std::promise<void> closed;
    shared.branches.front()->post([&] {
        for (auto& each : listeners) {
            each->close();
        }
        closed.set_value();
    });
    closed.get_future().wait();
    for (auto& branch : shared.branches) {
        branch->post([&branch = *branch] {
            // [MQTT-3.14.4-1]
            branch.disconnect_all({reason_code::server_shutting_down, "server shutting down", true}
            );
        });
    }
    wait_for_clients();
    store_last_words();
    runtime.stop();
    runtime.join();
    // First, because until then these two wake shards.
    accounts.reset();
    if (!persistence->flush()) {
        own_log.error("the store could not be written: what was not acknowledged is lost");
    }
    // Clients that outlived the grace, and hooks that never answered: their branch outlives them.
    for (std::size_t at = 0; at < runtime.size(); ++at) {
        runtime.at(at).abandon_tasks();
    }
    shared.branches.clear();
    listeners.clear();
    if (decisions.on_stop) {
        decisions.on_stop();
    }
    own_log.info("stopped");
    const std::lock_guard lock(phase_mutex_);
    phase_ = phase::stopped;
    phase_changed_.notify_all();
}

// A shard ends a turn it has begun, so what is staged there leaves for the store.
void server::impl::store_last_words() {
    std::latch staged(static_cast<std::ptrdiff_t>(shared.branches.size()));
    for (auto& branch : shared.branches) {
        branch->post([&staged, &branch = *branch] {
            broker::store_queued_qos0(branch.broker(), branch.now_ms());
            branch.environment().denied.tell_all(branch.broker().changes());
            staged.count_down();
        });
    }
    staged.wait();
}

// Connections leave the count as their coroutines end; nobody is asked twice.
void server::impl::wait_for_clients() {
    const auto until = clock.now().steady + grace;
    shared.gate.wait_until_empty(until);
}

std::vector<std::string> server::reload(config settings) {
    try {
        std::vector<std::string> restart = impl_->reload(std::move(settings));
        impl_->note_reload(true);
        return restart;
    } catch (...) {
        impl_->note_reload(false);
        throw;
    }
}

void server::reload_failed() {
    impl_->note_reload(false);
}

void server::impl::note_reload(bool worked) {
    serving::branch& first = *shared.branches.front();
    first.post([&first, worked] {
        auto& numbers = first.broker().numbers();
        numbers.config_reload_failed.set(worked ? 0 : 1);
        numbers.config_reloads_failed.add(worked ? 0 : 1);
    });
    tell_status(broker::config_state_topic, broker::config_state_text(!worked));
}

// Listeners keep their sockets and whether they speak TLS, so that what was encrypted does not
// become plain by a slip: what is tied to those, and to what was built at the start, is not changed
// but reported.
std::vector<std::string> server::impl::keep_what_needs_restart(config& changed) const {
    std::vector<std::string> restart;
    const auto keep = [&](const char* key, auto& now, const auto& was) {
        if (!(now == was)) {
            restart.emplace_back(key);
            now = was;
        }
    };
    keep("workers", changed.workers, settings.workers);
    keep("persistence", changed.persistence, settings.persistence);
    keep("auth", changed.auth, settings.auth);
    keep("user", changed.user, settings.user);
    keep("pid_file", changed.pid_file, settings.pid_file);
    const auto addresses_of = [](const config& of) {
        std::vector<std::string> addresses;
        for (const auto& each : of.listeners) {
            addresses.push_back(each.address);
        }
        return addresses;
    };
    if (addresses_of(changed) != addresses_of(settings)) {
        restart.emplace_back("listeners");
        changed.listeners = settings.listeners;
    }
    for (std::size_t at = 0; !accounts && at < changed.listeners.size(); ++at) {
        const std::string was;  // without a desk there was none
        keep("listeners.password_file", changed.listeners[at].password_file, was);
    }
    bool is_other_kind = false;
    for (std::size_t at = 0; at < changed.listeners.size(); ++at) {
        std::optional<tls_options>& tls = changed.listeners[at].tls;
        if (tls.has_value() != settings.listeners[at].tls.has_value()) {
            is_other_kind = true;
            tls = settings.listeners[at].tls;
        }
    }
    if (is_other_kind) {
        restart.emplace_back("listeners.tls");
    }
    return restart;
}

std::vector<std::string> server::impl::reload(config changed) {
    std::vector<std::string> restart = keep_what_needs_restart(changed);
    // What may fail comes first, so that it is all or nothing.
    std::vector<certificates> made = load_certificates(changed);
    std::optional<accounts::account_files::reading> people;
    if (accounts) {
        people = accounts->read_again(serving::password_files_of(changed));
    }
    auto access_rules =
        make_access_rules(changed.acl, people ? people->rules() : std::vector<access_rule>());
    log.reconfigure(changed.log);
    if (people) {
        accounts->use(*std::move(people));
    }
    shared.branches.front()->post([this, made = std::move(made)]() mutable {
        use_certificates(std::move(made));
    });
    settings = std::move(changed);
    shared.gate.set_limits(serving::admission_limits_of(settings));
    shared.branches.front()->post([this, acl = settings.acl] { acl_ = acl; });
    use_access_rules(access_rules, settings.acl, false);
    apply_rules();
    if (accounts) {
        // They may have changed at this very moment, and rules of then come in between. Whoever
        // came in by an account is looked at, by what his listener's password file is now.
        shared.branches.front()->post([this] { renew_access(true); });
    }
    warn_of_open_passwords();
    warn_of_open_files();
    return restart;
}

server::impl::~impl() {
    if (stopper_.joinable()) {
        stopper_.join();
    }
}

void server::impl::wait() {
    std::unique_lock lock(phase_mutex_);
    phase_changed_.wait(lock, [&] { return phase_ == phase::stopped; });
}

}  // namespace lmqtt
