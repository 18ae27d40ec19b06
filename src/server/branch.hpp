// One shard of the server with all that lives on it: its broker, its clients, its timers. What
// other branches send arrives in its mailbox. On its shard's thread, but for what says otherwise.
#pragma once

#include "base/wheel.hpp"
#include "broker/broker.hpp"
#include "client/access_review.hpp"
#include "client/client.hpp"
#include "client/environment.hpp"
#include "net/gate.hpp"
#include "net/task_group.hpp"
#include "server/mailbox.hpp"
#include "server/shard.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace lmqtt::serving {

class branch;

// What all branches of a server share. Owned by the server, outlives them.
struct grounds {
    grounds(const hooks& hooks, base::log_output& output, store& where, const base::clock& clock);

    const hooks& decisions;
    base::log_output& log;
    store& persistence;
    broker::directory directory;
    broker::events listeners;
    net::gate gate;
    client::shared_memory_stage memory{client::memory_stage::calm};
    std::atomic<bool> gave_up_somebody{false};  // for want of memory, since it was last measured
    std::int64_t wall_at_start_ms = 0;
    base::steady_time started{};
    std::vector<std::unique_ptr<branch>> branches;
};

class branch {
public:
    branch(shard& on, grounds& shared, const broker::broker_options& options);
    branch(const branch&) = delete;
    branch& operator=(const branch&) = delete;

    // Any thread
    void post(std::function<void()> what) { shard_.post(std::move(what)); }

    // The shard's thread, or before it runs
    void serve(net::connected_socket socket);
    void use_rules(std::vector<client::listener_rules_ptr> rules);

    // Who may do what. `accounts`: those have changed as well.
    void use_access(
        std::shared_ptr<const access::rule_set> rules,
        const client::authority_terms& terms,
        bool accounts
    );

    // The whole of it at once, before anybody is served.
    void review_restored();

    void use_options(const broker::broker_options& options) { broker_.options() = options; }

    void set_expiry_interval(std::chrono::milliseconds every) { sweep_interval_ = every; }

    void disconnect_all(const client::ending& how);

    // Called at every tick, with the time of day; the server's own periodic work.
    void on_tick(std::function<void(base::instant)> what) { server_tick_ = std::move(what); }

    // Called when so much has been published that memory may have changed since the last tick.
    void on_growth(std::function<void()> what) { server_growth_ = std::move(what); }

    broker::broker& broker() { return broker_; }

    client::environment& environment() { return environment_; }

    net::task_group& tasks() { return tasks_; }

    std::int64_t now_ms() { return environment_.milliseconds(shard_.now().steady); }

    shard& on() { return shard_; }

private:
    class turn_clock final : public base::clock {
    public:
        explicit turn_clock(shard& of)
            : shard_(of) {}

        base::instant now() const noexcept override { return shard_.now(); }

    private:
        shard& shard_;
    };

    bool end_of_turn(base::instant now);
    bool tick(base::instant now);
    void close_largest();
    void receive_boxes(std::int64_t now_ms);
    void fetch_pages();
    void send_boxes();
    void accept_handed_over(client::hand_over&& arriving);
    void start(client::hand_over&& arriving);

    shard& shard_;
    grounds& shared_;
    turn_clock clock_;
    base::logger log_;
    base::wheel wheel_;
    broker::broker broker_;
    client::client_table clients_;
    mailbox<broker::envelope> mailbox_;
    broker::box received_;
    client::environment environment_;
    client::access_review review_;
    net::task_group tasks_;
    std::function<void(base::instant)> server_tick_;
    std::function<void()> server_growth_;
    std::int64_t published_at_growth_ = 0;  // bytes
    std::chrono::milliseconds sweep_interval_{20'000};
    base::steady_time next_sweep_{};
};

}  // namespace lmqtt::serving
