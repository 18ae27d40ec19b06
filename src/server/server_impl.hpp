// What a server is made of. Owned by the façade; start and stop are its owner's, the rest is
// reached through branches on their own threads.
#pragma once

#include "broker/sys_topics.hpp"
#include "net/listener.hpp"
#include "net/transport.hpp"
#include "server/accounts_desk.hpp"
#include "server/branch.hpp"
#include "server/certificate_watch.hpp"
#include "server/memory_watch.hpp"
#include "server/runtime.hpp"

#include <lmqtt/server.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace lmqtt {

namespace serving {

session_info describe(const session::session& who);

}  // namespace serving

class server::impl {
public:
    impl(config given, std::unique_ptr<store> given_store);
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl();

    // start.cpp
    void start(const std::function<void()>& once_bound);
    void check();
    void apply_rules();

    // access.cpp
    std::shared_ptr<const access::rule_set> make_access_rules(
        const acl_options& configured, const std::vector<access_rule>& of_accounts
    ) const;
    std::vector<access_rule> rules_of_accounts() const;
    void renew_access(bool accounts_too);
    void accounts_looked_at(bool usable);
    void use_access_rules(
        const std::shared_ptr<const access::rule_set>& rules,
        const acl_options& configured,
        bool accounts_too
    );
    void connect_access();
    access_verdict may(const access_request& what) const;
    access_verdict publish_for(const access_subject& whom, message what);

    // stop.cpp
    void stop();
    void wait();
    void wait_for_clients();
    void store_last_words();
    std::vector<std::string> reload(config changed);
    std::vector<std::string> keep_what_needs_restart(config& changed) const;
    void note_reload(bool worked);

    // sys.cpp
    void publish_sys(base::instant now);
    void watch_memory(bool gave_up_somebody = false);
    void watch_store();
    void tell_store_state(store_state state, std::string_view why);
    void tell_status(std::string topic, std::string_view state);
    broker::totals add_up();

    void publish(message what);
    serving::branch& home_of(std::string_view client_id);
    void with_session(
        std::string client_id, std::function<void(serving::branch&, session::session&)> use
    );

    lmqtt::hooks given_hooks;  // the program's own
    lmqtt::hooks decisions;    // the same, guarded, once it has started
    config settings;
    base::real_clock clock;
    base::log_output log;
    base::logger own_log;
    std::unique_ptr<store> persistence;
    serving::grounds shared;
    serving::runtime runtime;
    std::unique_ptr<serving::accounts_desk> accounts;  // null: nobody has a name
    std::vector<std::unique_ptr<net::listener>> listeners;
    std::shared_ptr<const session::policy> own_policy;  // for what the server itself publishes

private:
    // What the first shard keeps of each listener.
    struct door {
        net::transport way;
        std::optional<tls_options> tls;
        serving::certificate_watch watch;
        std::string name;

        // Only while it speaks TLS.
        std::int64_t seconds_left(base::instant now) const;
    };

    // Of one listener, read and not in use yet; null without TLS.
    struct certificates {
        std::optional<tls_options> files;
        serving::certificate_watch watch;
        std::shared_ptr<const net::tls_context> context;
    };

    // doors.cpp
    void listen();
    void make_doors();
    net::admission_verdict admit(net::visit& who);
    void accepted(net::connected_socket socket);
    std::vector<certificates> load_certificates(const config& of) const;
    void use_certificates(std::vector<certificates> made);
    void watch_certificates(base::instant now);
    void open_accounts();
    void warn_of_open_passwords();
    void watch_accounts(base::instant now);
    void tell_accounts_state(bool refused);
    void warn_of_end(const door& of, std::int64_t seconds_left);
    void read_certificates_again(door& of);
    void certificates_are_usable(door& of, base::log_event since);
    void tell_certificate_state(const door& of);
    void warn_of_open_files();
    void warn_of_open_key(const std::string& listener, const tls_options& tls);

    void restore();
    void warn_of_messages_no_queue_can_hold();
    void connect_events();
    bool may_be_published(std::string_view client_id, const message& will);

    enum class phase : std::uint8_t { made, running, stopping, stopped };
    std::mutex phase_mutex_;
    std::condition_variable phase_changed_;
    std::atomic<phase> phase_ = phase::made;  // shards look at it while it changes

    std::vector<door> doors_;
    base::steady_time next_look_at_accounts_{};
    acl_options acl_;  // the configuration's, for the first shard
    // Any thread's; null before they are made.
    base::shared_locked<std::shared_ptr<const access::rule_set>> rules_to_ask_;
    base::steady_time next_look_at_files_{};
    broker::load_averages load_;
    serving::memory_watch memory_;
    std::optional<std::chrono::milliseconds> sys_interval_;
    base::steady_time last_sys_{};
    std::int64_t most_clients_ = 0;
    bool warned_of_log_ = false;
    std::thread stopper_;  // when the store has ended
};

}  // namespace lmqtt
