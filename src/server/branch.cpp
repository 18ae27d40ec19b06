#include "server/branch.hpp"

#include "client/deliver_ready.hpp"

namespace lmqtt::serving {

namespace {

constexpr std::size_t least_worth_closing = 64 * 1024;
constexpr std::int64_t growth = 2 * 1024 * 1024;

// Then what was made of it is written: output and queues need not hold more.
constexpr std::size_t received_a_turn = 128 * 1024;

// Of those from other shards, before it is looked whether receivers have to be written to.
constexpr std::size_t envelopes_at_once = 64;

}  // namespace

grounds::grounds(
    const hooks& hooks, base::log_output& output, store& where, const base::clock& clock
)
    : decisions(hooks)
    , log(output)
    , persistence(where) {
    const base::instant now = clock.now();
    started = now.steady;
    wall_at_start_ms = base::milliseconds_of(now.wall);
}

branch::branch(shard& on, grounds& shared, const broker::broker_options& options)
    : shard_(on)
    , shared_(shared)
    , clock_(on)
    , log_(shared.log, "client")
    , wheel_(shared.started)
    , broker_(shared.directory, shared.persistence, options, shared.listeners)
    , environment_{
          .broker = broker_,
          .decisions = shared.decisions,
          .wheel = wheel_,
          .log = log_,
          .clock = clock_,
          .where = on.get_executor(),
          .clients = clients_,
          .read_buffer = on.read_buffer(),
          .dirty = on.dirty_connections(),
          .memory = shared.memory,
          .shard = options.shard,
          .shards = options.shards,
          .wall_at_start_ms = shared.wall_at_start_ms,
          .started = shared.started}
    , tasks_(on.get_executor(), log_) {
    environment_.pass_on = [this](unsigned to, client::hand_over&& leaving) {
        auto& home = *shared_.branches[to];
        const auto carried = std::make_shared<client::hand_over>(std::move(leaving));
        home.post([&home, carried] { home.accept_handed_over(std::move(*carried)); });
    };
    shard_.set_duties(
        {[this](base::instant now) { return end_of_turn(now); },
         [this](base::instant now) { return tick(now); },
         [this] { return !broker_.ready().empty(); },
         [this] { return environment_.received_in_turn >= received_a_turn; }}
    );
    shard_.keep_ticking();
}

void branch::serve(net::connected_socket socket) {
    broker_.numbers().connections_accepted.add();
    start({std::move(socket), {}});
}

// It is called from the loop of the shard, which what it throws would end.
void branch::accept_handed_over(client::hand_over&& arriving) {
    const net::address peer = arriving.socket.visiting.peer();
    try {
        start(std::move(arriving));
    } catch (const std::exception& failure) {
        log_.error("connection dropped", {{"peer", peer.text()}, {"why", failure.what()}});
    }
}

void branch::start(client::hand_over&& arriving) {
    auto who = std::make_unique<client::client>(environment_, std::move(arriving));
    tasks_.spawn("client", client::client::run(std::move(who)));
}

void branch::use_rules(std::vector<client::listener_rules_ptr> rules) {
    environment_.listeners = std::move(rules);
}

// Where nobody could lose anything, nobody is looked at.
void branch::use_access(
    std::shared_ptr<const access::rule_set> rules,
    const client::authority_terms& terms,
    bool accounts
) {
    client::authority& access = environment_.access;
    access.use(std::move(rules), terms);
    if (accounts || access.limits_subscriptions() || terms.disconnects) {
        review_.begin(environment_);
    }
}

void branch::review_restored() {
    if (environment_.access.limits_subscriptions()) {
        review_.begin(environment_);
        while (review_.go_on(environment_)) {
        }
    }
}

void branch::disconnect_all(const client::ending& how) {
    clients_.for_each([&](client::client& each) { each.disconnect(how); });
}

bool branch::end_of_turn(base::instant now) {
    environment_.received_in_turn = 0;
    const std::int64_t now_ms = environment_.milliseconds(now.steady);
    receive_boxes(now_ms);
    const bool reviewing = review_.go_on(environment_);
    const std::int64_t published = broker_.numbers().publish_received_bytes.value();
    if (server_growth_ && published - published_at_growth_ > growth) {
        published_at_growth_ = published;
        server_growth_();
    }
    broker_.on_committed();
    client::deliver_ready(environment_);
    broker_.page_out();
    fetch_pages();
    // In this order: the store hears of what this shard did before it hears what others make of it.
    broker_.changes().seal(now.steady, [this] { shard_.wake(); });
    send_boxes();
    return reviewing || !broker_.ready().empty();
}

void branch::receive_boxes(std::int64_t now_ms) {
    mailbox_.take(received_);
    std::span<broker::envelope> rest(received_);
    while (!rest.empty()) {
        const std::size_t some = std::min(rest.size(), envelopes_at_once);
        broker_.receive(rest.first(some), now_ms);
        rest = rest.subspan(some);
        if (broker_.has_queued_a_burst()) {
            client::deliver_ready(environment_);
        }
    }
    received_.clear();
}

// Before the turn's changes leave: what is read was not removed by them yet.
void branch::fetch_pages() {
    for (broker::page_request& each : broker_.pages().take_requests()) {
        auto ids = each.message_ids;
        const auto request = std::make_shared<const broker::page_request>(std::move(each));
        const auto arrived = [this, request](std::vector<stored_message> found) {
            const auto messages = std::make_shared<std::vector<stored_message>>(std::move(found));
            post([this, request, messages] { broker_.page_in(*request, *messages, now_ms()); });
        };
        shared_.persistence.fetch(std::move(ids), arrived);
    }
}

void branch::send_boxes() {
    auto& boxes = broker_.outgoing();
    for (std::size_t to = 0; to < boxes.size(); ++to) {
        if (!boxes[to].empty() && shared_.branches[to]->mailbox_.put(boxes[to])) {
            shared_.branches[to]->shard_.wake();
        }
    }
}

bool branch::tick(base::instant now) {
    wheel_.advance(now.steady, [&](base::wheel_entry& entry) {
        client::client::from(entry).on_timer(now.steady);
        if (broker_.has_queued_a_burst()) {
            client::deliver_ready(environment_);  // the wills of a whole site without power
        }
    });
    const std::int64_t now_ms = environment_.milliseconds(now.steady);
    broker_.changes().look_at_age(now.steady);
    while (broker_.fire_wills(now_ms)) {
        client::deliver_ready(environment_);
    }
    environment_.denied.tell(broker_.changes(), now_ms);
    if (now.steady >= next_sweep_) {
        next_sweep_ = now.steady + sweep_interval_;
        broker_.expire_sessions(now_ms);
        clients_.for_each([&](client::client& each) { each.watch_output(now.steady); });
    }
    if (broker_.options().shard == 0) {
        broker_.expire_retained(now_ms);
    }
    if (server_tick_) {
        server_tick_(now);
    }
    // After it has been measured: what the last one held is free by now.
    if (shared_.memory.load() == client::memory_stage::refuse_messages) {
        close_largest();
    }
    return true;
}

// Of the connections of this shard, the one that holds most memory by not reading, or by not
// finishing what it began to send.
void branch::close_largest() {
    client::client* largest = nullptr;
    std::size_t most = least_worth_closing;
    clients_.for_each([&](client::client& each) {
        if (each.held_bytes() > most) {
            most = each.held_bytes();
            largest = &each;
        }
    });
    if (largest != nullptr) {
        largest->give_up();
        shared_.gave_up_somebody = true;
    }
}

}  // namespace lmqtt::serving
