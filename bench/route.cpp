// What a PUBLISH costs between the codec and the sockets: nanoseconds to find its receivers, queue
// it for them and take it out of their queues again, each answered where its QoS wants that. For 1,
// 10 and 1000 receivers among 10,000 sessions; for a topic its publisher repeats ("repeated", its
// receivers are remembered) and for topics that change ("changing"). Nothing is stored. Only a
// quiet machine can say.
//
//     bench_route [publishes]        default: 200000
#include "broker/broker.hpp"
#include "store/memory_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace lmqtt;

constexpr std::size_t sessions = 10'000;
constexpr std::size_t topics = 1'000;
constexpr std::int64_t now_ms = 1'000'000;

session::policy roomy_policy() {
    session::policy rules{};
    rules.outbox.maximum_messages = 1'000;
    rules.outbox.maximum_bytes = 1'000'000;
    rules.outbox.maximum_inflight = 1'000;
    rules.outbox.overflow = overflow_policy::drop_oldest;
    rules.maximum_subscriptions = topics;
    return rules;
}

// Of everybody who is subscribed to "t/<group>/<any of the topics>".
class crowd {
public:
    explicit crowd(std::size_t receivers)
        : groups_{sessions / receivers} {
        const auto rules = std::make_shared<const session::policy>(roomy_policy());
        for (std::size_t number = 0; number < sessions; ++number) {
            session::session& who = come(number, rules);
            for (std::size_t topic = 0; topic < 4; ++topic) {
                const std::string filter = topic_name(number % groups_, topic);
                here_.subscribe(who, {filter, {qos::exactly_once}, 0});
            }
        }
    }

    // Nanoseconds a publish.
    double publish(std::size_t times, qos quality, bool repeated) {
        const std::string payload(100, 'x');
        std::vector<std::string> names;
        for (std::size_t at = 0; at < (repeated ? 1 : topics); ++at) {
            names.push_back(topic_name(at / 4 % groups_, at % 4));
        }
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t done = 0; done < times; ++done) {
            broker::publication what;
            what.topic = names[done % names.size()];
            what.payload = payload;
            what.quality = quality;
            what.publisher = "publisher";
            here_.route(what, {}, repeated ? &routes_ : nullptr, now_ms);
            deliver();
        }
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - begin;
        return took.count() / static_cast<double>(times);
    }

    std::uint64_t delivered() const { return delivered_; }

private:
    static std::string topic_name(std::size_t group, std::size_t topic) {
        return "t/" + std::to_string(group) + "/" + std::to_string(topic);
    }

    session::session&
    come(std::size_t number, const std::shared_ptr<const session::policy>& rules) {
        broker::arrival who;
        who.client_id = "c" + std::to_string(number);
        who.version = protocol_version::v3_1_1;
        who.clean_start = true;
        who.expiry_interval_seconds = 0;
        who.terms = {protocol_version::v3_1_1, 65'535, std::numeric_limits<std::uint32_t>::max()};
        who.rules = rules;
        who.connection = number + 1;
        session::session* const attached = here_.attach(std::move(who), now_ms).where;
        if (attached == nullptr) {
            std::abort();
        }
        return *attached;
    }

    // As a shard does at the end of its turn, but for the sockets.
    void deliver() {
        for (const broker::handle each : here_.take_ready()) {
            session::session& who = *here_.sessions().resolve(each);
            who.ready = false;
            while (const auto next = here_.take(who, now_ms)) {
                ++delivered_;
                acknowledge(who, *next);
            }
        }
    }

    void acknowledge(session::session& who, const session::outgoing& what) {
        if (what.quality == qos::at_least_once) {
            here_.puback(who, what.packet_id);
        } else if (what.quality == qos::exactly_once && what.message != nullptr) {
            here_.pubrec(who, what.packet_id);
            here_.pubcomp(who, what.packet_id);
        }
    }

    static broker::broker_options options() {
        broker::broker_options all;
        all.sessions = {.in_all = sessions, .of_one_user = sessions};
        return all;
    }

    std::size_t groups_;
    persistence::memory_store nowhere_;
    broker::directory shared_;
    broker::events nobody_;
    broker::broker here_{shared_, nowhere_, options(), nobody_};
    broker::route_cache routes_;
    std::uint64_t delivered_ = 0;
};

void measure(std::size_t receivers, std::size_t publishes) {
    crowd all(receivers);
    const std::size_t times = std::max<std::size_t>(publishes / receivers, 100);
    for (const qos quality : {qos::at_most_once, qos::at_least_once, qos::exactly_once}) {
        double best[2];
        for (const bool repeated : {true, false}) {
            double& mine = best[repeated ? 0 : 1];
            mine = all.publish(times, quality, repeated);
            for (int round = 0; round < 4; ++round) {
                mine = std::min(mine, all.publish(times, quality, repeated));
            }
        }
        const auto each = static_cast<double>(receivers);
        std::printf(
            "%9zu  QoS %d  %10.0f %10.0f  %14.0f %10.0f\n",
            receivers,
            static_cast<int>(quality),
            best[0],
            best[1],
            best[0] / each,
            best[1] / each
        );
    }
    if (all.delivered() != times * receivers * 3 * 2 * 5) {
        std::printf("%llu were delivered\n", static_cast<unsigned long long>(all.delivered()));
        std::exit(1);
    }
}

}  // namespace

int main(int count, char** words) {
    const std::size_t publishes = count > 1 ? std::strtoul(words[1], nullptr, 10) : 200'000;
    std::printf("                       ns a publish            ns a delivery\n");
    std::printf("receivers           repeated   changing        repeated   changing\n");
    for (const std::size_t receivers : {1U, 10U, 1000U}) {
        measure(receivers, publishes);
    }
}
