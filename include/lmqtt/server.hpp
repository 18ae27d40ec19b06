// A broker inside a program: construct, set hooks, start, and stop. Owns its threads; may be used
// from any thread, but not from its own hooks where a function says so.
#pragma once

#include <lmqtt/access_request.hpp>
#include <lmqtt/config.hpp>
#include <lmqtt/hooks.hpp>
#include <lmqtt/services.hpp>
#include <lmqtt/store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt {

/// Why a server did not start: one line for a person.
class startup_error : public std::runtime_error {
public:
    /// What kind of thing went wrong, for an exit code.
    enum class cause : std::uint8_t {
        configuration,
        address,
        storage,          ///< cannot be opened
        storage_damaged,  ///< is not sound
        storage_in_use,   ///< by another process
        log,
    };

    startup_error(cause why, const std::string& line)
        : std::runtime_error(line)
        , cause_(why) {}

    /// The kind of cause.
    cause why() const noexcept { return cause_; }

private:
    cause cause_;
};

class server {
public:
    /// Takes a valid configuration (what lmqttd's loader returns, or config{} with fields changed)
    /// and a store; without one, persistence.type decides. Opens nothing yet.
    explicit server(config settings, std::unique_ptr<store> persistence = nullptr);
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Stops, if nobody has.
    ~server();

    /// Reads what start() reads before it binds anything: certificates, accounts, access rules.
    /// Throws startup_error as start() would. Nothing is kept.
    void check();

    /// The hooks; set them before start().
    lmqtt::hooks& hooks();

    /// Binds every listener, opens the store and begins to serve. Throws startup_error, and then
    /// nothing is left open.
    ///
    /// `once_bound` is called in between, on the calling thread: what only root may bind is bound,
    /// nothing has been stored. Who became root for that becomes another user there, so that the
    /// store's files are that user's. What it throws ends the start in the same way.
    void start(const std::function<void()>& once_bound = {});

    /// Tells MQTT 5 clients 0x8B Server shutting down [MQTT-3.14.4-1], lets output drain for a
    /// moment, flushes the store, ends the threads, calls on_stop. Not from a hook. Calling it
    /// again is harmless.
    void stop();

    /// Blocks until stop() has finished.
    void wait();

    /// Whether the store has given up (persistence.on_storage_error = "exit"): the server stops, or
    /// has stopped, for that. Any thread.
    bool store_ended() const;

    /// Applies what of a new, valid configuration can change while running, to clients that connect
    /// from now on, and says which changed keys need a restart, as the tls of a listener does that
    /// comes or goes. Files that it names, and those of accounts, are read again. Throws if
    /// anything cannot be used, and then has changed nothing. Not from a hook.
    std::vector<std::string> reload(config settings);

    /// What metrics and $SYS say about the last reload: refused. For whoever could not even make a
    /// config of what he read; reload() does it itself.
    void reload_failed();

    /// Where it listens, ports as bound.
    std::vector<std::string> addresses() const;

    /// Publishes a message as the server itself: retained if it says so, delivered to all who
    /// match. Throws std::invalid_argument if its topic is no topic name.
    void publish(message what);

    /// What access rules say to somebody who wants to do something: the engine that decides about
    /// clients. Where nobody has set up access control, all but `$` topics is allowed. After
    /// start().
    access_verdict may(const access_request& what) const;

    /// Publishes on somebody's behalf, if may() allows it, with RETAIN if the message has it. What
    /// is denied is counted and logged as a client's would be. Throws as publish() does.
    access_verdict publish_for(const access_subject& whom, message what);

    /// The retained message of a topic.
    std::optional<message> retained(std::string_view topic) const;

    /// Removes a retained message; false if there was none.
    bool clear_retained(std::string_view topic);

    /// All sessions, or one. Not from a hook: it waits for the shards.
    std::vector<session_info> sessions();
    std::optional<session_info> session(std::string_view client_id);

    /// Ends a client's connection with the reason code, if it is connected; its session stays, and
    /// its will is published.
    void disconnect(std::string client_id, reason_code reason = reason_code::administrative_action);

    /// Ends a session and its connection.
    void terminate_session(std::string client_id);

    /// Subscribes a session, or unsubscribes it, as if its client had asked, without retained
    /// messages. Unknown sessions and invalid filters are ignored.
    void subscribe(std::string client_id, subscription what);
    void unsubscribe(std::string client_id, std::string topic_filter);

    /// Every number counted, all shards added up.
    std::vector<metric_value> metrics() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// The numbers a server counts, without values: for documentation.
std::vector<metric_value> describe_metrics();

}  // namespace lmqtt
