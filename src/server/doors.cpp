// How connections come in: listeners, what lies between their sockets and the protocol, and the
// certificates of those that speak TLS.
#include "server/rules.hpp"
#include "server/server_impl.hpp"

#include <lmqtt/listen_address.hpp>

#include <algorithm>
#include <set>
#include <sys/stat.h>
#include <utility>

namespace lmqtt {

namespace {

constexpr auto look_at_files = std::chrono::seconds(5);
constexpr auto look_at_accounts = std::chrono::seconds(2);

// A group may have it: that is how Debian gives keys to services. What is not there is not open.
bool is_open_to_everybody(const std::string& file) {
    struct stat about {};

    return ::stat(file.c_str(), &about) == 0 && (about.st_mode & S_IRWXO) != 0;
}

}  // namespace

void server::impl::listen() {
    std::uint16_t index = 0;
    for (const auto& listener : settings.listeners) {
        net::listener_options options;
        options.address = listener.address;
        options.unix_mode = listener.unix_mode;
        options.index = index;
        net::listener_calls calls;
        calls.admit = [this](net::visit& who) { return admit(who); };
        calls.accepted = [this](net::connected_socket socket) { accepted(std::move(socket)); };
        shared.gate.set_listener_limit(index, listener.max_connections.value_or_max());
        try {
            listeners.push_back(std::make_unique<net::listener>(
                shared.branches.front()->on().get_executor(), std::move(options), std::move(calls)
            ));
        } catch (const std::exception& error) {
            listeners.clear();
            throw startup_error(startup_error::cause::address, error.what());
        }
        ++index;
    }
}

// Before anything is bound: a certificate that cannot be used is told first.
void server::impl::make_doors() {
    try {
        for (const auto& listener : settings.listeners) {
            serving::certificate_watch watch(listener.tls);
            doors_.push_back(
                {net::transport(listener), listener.tls, std::move(watch), listener_name(listener)}
            );
        }
    } catch (const std::exception& error) {
        throw startup_error(startup_error::cause::configuration, error.what());
    }
}

net::admission_verdict server::impl::admit(net::visit& who) {
    const net::transport& through = doors_[who.listener()].way;
    auto verdict = net::admission_verdict::no_trusted_proxy;
    if (through.welcomes(who.peer())) {
        verdict = shared.gate.admit(who, clock.now().steady, through.expects_name(who.peer()));
    }
    auto& numbers = shared.branches.front()->broker().numbers();
    if (verdict != net::admission_verdict::admitted) {
        numbers.connections_refused.add();  // the listener says so in the log
    }
    return verdict;
}

void server::impl::accepted(net::connected_socket socket) {
    auto& first = *shared.branches.front();
    const net::visit& who = socket.visiting;
    const net::transport& through = doors_[who.listener()].way;
    if (decisions.on_accept) {
        const auto& rules = first.environment().listeners.at(who.listener());
        if (!decisions.on_accept(who.peer().text(), rules->name)) {
            first.broker().numbers().connections_refused.add();
            return;
        }
    }
    socket.filtering = through.make_filter(who.peer());
    first.serve(std::move(socket));
}

// A program that names no file of accounts has none.
void server::impl::open_accounts() {
    const auth_options& auth = settings.auth;
    const auto of_listeners = serving::password_files_of(settings);
    if (auth.accounts.empty() && auth.password_file.empty() && auth.jwt.key_file.empty() &&
        of_listeners.empty()) {
        return;
    }
    try {
        accounts = std::make_unique<serving::accounts_desk>(
            auth, of_listeners, base::logger(log, "accounts"), clock
        );
    } catch (const std::exception& error) {
        throw startup_error(startup_error::cause::configuration, error.what());
    }
    for (const auto& branch : shared.branches) {
        branch->environment().desk = accounts->desk_of([&on = *branch](std::function<void()> what) {
            on.post(std::move(what));
        });
    }
}

void server::impl::warn_of_open_passwords() {
    for (const auto& listener : settings.listeners) {
        const auto address = parse_listen_address(listener.address);
        if (accounts && accounts->has_accounts(own_password_file(settings, listener)) &&
            !listener.tls && address && !is_local(*address)) {
            own_log.warn(
                "passwords travel in the clear: this listener has no TLS",
                {{"listener", listener_name(listener)}}
            );
        }
    }
}

// The first shard's thread, at every tick.
void server::impl::watch_accounts(base::instant now) {
    if (!accounts || now.steady < next_look_at_accounts_) {
        return;
    }
    next_look_at_accounts_ = now.steady + look_at_accounts;
    accounts->look_for_changes([this](bool usable) { accounts_looked_at(usable); });
}

// The first shard's thread.
void server::impl::tell_accounts_state(bool refused) {
    auto& gauge = shared.branches.front()->broker().numbers().accounts_reload_failed;
    if (refused != (gauge.value() != 0)) {
        gauge.set(refused ? 1 : 0);
        tell_status(broker::accounts_state_topic, broker::files_state_text(refused));
    }
}

// All of them or, with an exception, none.
std::vector<server::impl::certificates> server::impl::load_certificates(const config& of) const {
    std::vector<certificates> made;
    for (const auto& listener : of.listeners) {
        serving::certificate_watch watch(listener.tls);
        made.push_back(
            {listener.tls,
             std::move(watch),
             listener.tls ? std::make_shared<const net::tls_context>(*listener.tls) : nullptr}
        );
    }
    return made;
}

// The first shard's thread.
void server::impl::use_certificates(std::vector<certificates> made) {
    for (std::size_t at = 0; at < made.size(); ++at) {
        door& changed = doors_[at];
        changed.way.use(std::move(made[at].context));
        changed.tls = std::move(made[at].files);
        changed.watch = std::move(made[at].watch);
        if (changed.tls) {
            tell_certificate_state(changed);
        }
    }
}

// The first shard's thread, at every tick.
void server::impl::watch_certificates(base::instant now) {
    if (now.steady < next_look_at_files_) {
        return;
    }
    next_look_at_files_ = now.steady + look_at_files;
    auto& numbers = shared.branches.front()->broker().numbers();
    std::optional<std::int64_t> least;
    for (door& each : doors_) {
        if (!each.way.tls()) {
            continue;
        }
        if (each.watch.files_changed()) {
            read_certificates_again(each);
        } else if (each.watch.has_failed()) {
            certificates_are_usable(each, "the certificates in use are back in their files");
        }
        const std::int64_t left = each.seconds_left(now);
        least = std::min(least.value_or(left), left);
        if (each.watch.is_time_to_warn(left)) {
            warn_of_end(each, left);
        }
    }
    numbers.certificate_seconds_left.set(least.value_or(0));
}

void server::impl::warn_of_end(const door& of, std::int64_t seconds_left) {
    constexpr std::int64_t day = 24 * 3600;
    const base::logger::field_list fields = {{"listener", of.name}, {"days", seconds_left / day}};
    if (seconds_left > 0) {
        own_log.warn("a certificate ends soon", fields);
    } else {
        own_log.error("a certificate has ended", fields);
    }
}

std::int64_t server::impl::door::seconds_left(base::instant now) const {
    return way.tls()->expires_at_seconds() - base::milliseconds_of(now.wall) / 1000;
}

void server::impl::read_certificates_again(door& of) {
    try {
        of.way.use(std::make_shared<const net::tls_context>(*of.tls));
    } catch (const std::exception& error) {
        if (of.watch.is_new_failure(error.what())) {
            shared.branches.front()->broker().numbers().certificate_reloads_failed.add();
            own_log.error(
                "certificates changed and cannot be used, the old ones stay",
                {{"listener", of.name}, {"why", error.what()}}
            );
            tell_certificate_state(of);
        }
        return;
    }
    warn_of_open_key(of.name, *of.tls);
    certificates_are_usable(of, "certificates read again");
}

void server::impl::certificates_are_usable(door& of, base::log_event since) {
    own_log.info(since, {{"listener", of.name}});
    of.watch.used();
    tell_certificate_state(of);
}

void server::impl::tell_certificate_state(const door& of) {
    const auto failed =
        std::ranges::count_if(doors_, [](const door& each) { return each.watch.has_failed(); });
    shared.branches.front()->broker().numbers().certificate_reload_failed.set(failed);
    tell_status(
        broker::certificate_topic(of.name, "state"), broker::files_state_text(of.watch.has_failed())
    );
}

void server::impl::warn_of_open_files() {
    for (const auto& listener : settings.listeners) {
        if (listener.tls) {
            warn_of_open_key(listener_name(listener), *listener.tls);
        }
    }
    std::set<std::string> passwords = serving::password_files_of(settings);
    passwords.insert(settings.auth.password_file);
    for (const std::string& file : passwords) {
        if (is_open_to_everybody(file)) {
            own_log.warn(
                "every user of this machine can get at hashes of passwords: chmod o= it",
                {{"file", file}}
            );
        }
    }
    const jwt_options& tokens = settings.auth.jwt;
    // The other algorithms' are public.
    if (tokens.algorithm == token_algorithm::hs256 && is_open_to_everybody(tokens.key_file)) {
        own_log.warn(
            "every user of this machine can get at the secret of tokens: chmod o= it",
            {{"file", tokens.key_file}}
        );
    }
}

// Any thread.
void server::impl::warn_of_open_key(const std::string& listener, const tls_options& tls) {
    if (is_open_to_everybody(tls.key_file)) {
        own_log.warn(
            "every user of this machine can get at a private key: chmod o= it",
            {{"listener", listener}, {"file", tls.key_file}}
        );
    }
}

}  // namespace lmqtt
