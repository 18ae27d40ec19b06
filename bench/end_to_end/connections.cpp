#include "end_to_end/connections.hpp"

#include "end_to_end/handshake.hpp"
#include "end_to_end/latency.hpp"
#include "end_to_end/process_meter.hpp"

#include <stdexcept>
#include <vector>

namespace bench {

namespace {

// The first clients make a broker allocate what it keeps anyway; they are not counted.
constexpr std::uint32_t uncounted = 300;
constexpr std::uint64_t second_ns = 1'000'000'000;

void settle(loop& reactor) {
    const auto end = steady_ns() + second_ns / 2;
    while (steady_ns() < end) {
        reactor.turn(std::chrono::milliseconds(50));
    }
}

void connect_idle(loop& reactor, const options& chosen, std::uint32_t count) {
    std::vector<link*> links;
    std::vector<wish> wishes;
    for (std::uint32_t at = 0; at < count; ++at) {
        auto& added = reactor.add();
        links.push_back(&added);
        wishes.push_back({&added, numbered("idle/", added.number, "/state")});
    }
    connect_all(reactor, chosen, links);
    if (chosen.subscribes) {
        subscribe_all(reactor, chosen.version, chosen.quality, wishes);
    }
    settle(reactor);
}

struct storm {
    explicit storm(const options& chosen_options, loop& its_reactor)
        : chosen(chosen_options)
        , reactor(its_reactor) {}

    void begin(link& which) {
        if (!over) {
            // Another address each time round, so that ports in TIME_WAIT do not run out.
            const auto turn_of = static_cast<std::uint32_t>(started++ % 64);
            started_ns[which.number] = steady_ns();
            reactor.open(which, source_address(chosen.broker, turn_of * 4000));
        }
    }

    void listen() {
        reactor.on.opened = [this](link& to) {
            append_connect(reactor.output(to), chosen.version, numbered("storm-", to.number));
        };
        reactor.on.arrived = [this](link& from, const frame& packet) {
            const auto answer = read_connack(chosen.version, packet.body);
            const bool greeted = packet.type == packet_type::connack && answer.reason == 0;
            (greeted ? completed : failed) += 1;
            latencies.add(steady_ns() - started_ns[from.number]);
            append_empty(reactor.output(from), packet_type::disconnect);
            reactor.finish(from);
        };
        reactor.on.finished = [this](link& which) { begin(which); };
        reactor.on.closed = [this](link& which) {
            ++failed;
            begin(which);
        };
    }

    void run_for(double seconds) {
        const auto end = steady_ns() + static_cast<std::uint64_t>(seconds * second_ns);
        while (steady_ns() < end) {
            reactor.turn(std::chrono::milliseconds(10));
        }
    }

    const options& chosen;
    loop& reactor;
    std::vector<std::uint64_t> started_ns;
    latency latencies;
    std::uint64_t started = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    bool over = false;
};

}  // namespace

report run_idle(const options& chosen, loop& reactor) {
    if (chosen.process == 0) {
        throw std::runtime_error("idle connections are measured in the broker's memory: --pid");
    }
    const process_meter broker(chosen.process);
    connect_idle(reactor, chosen, uncounted);
    const auto cpu_before = broker.cpu_ns();
    const auto before = broker.resident_bytes();
    connect_idle(reactor, chosen, chosen.connections);
    const auto after = broker.resident_bytes();
    const auto count = static_cast<double>(chosen.connections);
    const auto grown = static_cast<double>(after) - static_cast<double>(before);
    report out;
    out.add("shape", chosen.shape);
    out.add("protocol", std::uint64_t{static_cast<std::uint8_t>(chosen.version)});
    out.add("connections", std::uint64_t{chosen.connections});
    out.add("subscriptions_each", std::uint64_t{chosen.subscribes ? 1U : 0U});
    out.add("rss_bytes_before", before);
    out.add("rss_bytes", after);
    out.add("rss_bytes_per_connection", grown / count);
    const auto used = static_cast<double>(broker.cpu_ns() - cpu_before);
    out.add("cpu_us_per_connection", used / 1000.0 / count);
    return out;
}

report run_storm(const options& chosen, loop& reactor) {
    const process_meter broker(chosen.process);
    storm run(chosen, reactor);
    run.listen();
    for (std::uint32_t at = 0; at < chosen.connections; ++at) {
        auto& added = reactor.add();
        run.started_ns.push_back(0);
        run.begin(added);
    }
    run.run_for(chosen.warm_up_seconds);
    run.latencies.clear();
    const auto completed_before = run.completed;
    const auto cpu_before = broker.cpu_ns();
    const auto since = steady_ns();
    run.run_for(chosen.seconds);
    const auto seconds = static_cast<double>(steady_ns() - since) / second_ns;
    const auto used = static_cast<double>(broker.cpu_ns() - cpu_before);
    const auto count = static_cast<double>(run.completed - completed_before);
    run.over = true;
    report out;
    out.add("shape", chosen.shape);
    out.add("protocol", std::uint64_t{static_cast<std::uint8_t>(chosen.version)});
    out.add("at_once", std::uint64_t{chosen.connections});
    out.add("seconds", seconds);
    out.add("connections_per_second", count / seconds);
    if (chosen.process != 0) {
        out.add("cpu_us_per_connection", count > 0 ? used / 1000.0 / count : 0);
        out.add("rss_bytes", broker.resident_bytes());
    }
    out.add("latency_us_p50", run.latencies.percentile_us(0.5));
    out.add("latency_us_p99", run.latencies.percentile_us(0.99));
    out.add("failed", run.failed);
    if (run.failed > 0) {
        out.reject();
    }
    return out;
}

}  // namespace bench
