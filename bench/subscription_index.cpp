// What the subscription index costs: bytes a subscription, and nanoseconds a match, for topics that
// repeat ("hot", 1000 of them) and for topics that do not ("uniform", a million). One subscription
// in ten has a wildcard. Prints a table and whether the targets of a million subscriptions are met;
// only a quiet machine can say.
//
//     bench_subscription_index [subscriptions...]        default: 100000 1000000
#include "topic/subscription_index.hpp"

#include "topic/retained_index.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <random>
#include <string>
#include <vector>

namespace {

using lmqtt::topic::shared_group;
using lmqtt::topic::subscriber;

constexpr std::size_t hot_topics = 1'000;
constexpr std::size_t uniform_topics = 1'000'000;
constexpr double target_hot_ns = 300;
constexpr double target_uniform_ns = 1'200;
constexpr double target_bytes = 110;

struct counting_sink {
    std::uint64_t matches = 0;
    std::uint64_t sum = 0;  // so that the entries are read, as a broker would

    void subscription(const subscriber& each) {
        ++matches;
        sum += each.session;
    }

    void group(const shared_group& each) { matches += each.size(); }
};

// The names of a fleet: sites with devices, each with some metrics.
class fleet {
public:
    explicit fleet(std::size_t subscriptions)
        : devices_{subscriptions / 4 + 1} {}

    std::string topic() { return site_and_device() + metric(); }

    std::string filter(std::size_t number) {
        if (number % 10 != 0) {
            return topic();
        }
        switch (number / 10 % 10) {
        case 0:
            return std::string{"+/"} + device() + "/" + metric();
        case 1:
        case 2:
        case 3:
        case 4:
            return site_and_device() + "+";
        default:
            return site_and_device() + "#";
        }
    }

    std::size_t random_below(std::size_t end) { return random_() % end; }

private:
    std::string device() {
        last_device_ = random_below(devices_);
        std::string digits = std::to_string(last_device_);
        return "device/" + std::string(7 - digits.size(), '0') + digits;
    }

    std::string site_and_device() {
        const std::string name = device();
        return "site" + std::to_string(last_device_ % 100) + "/" + name + "/";
    }

    std::string metric() {
        static const char* const metrics[] = {"temp", "state", "power", "alarm"};
        return metrics[random_below(4)];
    }

    std::size_t devices_;
    std::size_t last_device_ = 0;
    std::mt19937_64 random_{42};
};

double now_ns() {
    return std::chrono::duration<double, std::nano>(
               std::chrono::steady_clock::now().time_since_epoch()
    )
        .count();
}

double bytes_in_use() {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

// The least of some measurements: what others on the machine do only ever adds.
template <class Measure>
double best_of(int times, Measure measure) {
    double best = measure();
    for (int done = 1; done < times; ++done) {
        best = std::min(best, measure());
    }
    return best;
}

// Nanoseconds per call of `step(position)`, for positions that run over `texts` in order.
template <class Step>
double time_each(std::size_t times, std::size_t texts, Step step) {
    const double begin = now_ns();
    for (std::size_t done = 0, at = 0; done < times; ++done, at = at + 1 == texts ? 0 : at + 1) {
        step(at);
    }
    return (now_ns() - begin) / static_cast<double>(times);
}

bool measure_subscriptions(std::size_t count) {
    fleet names{count};
    std::vector<std::string> filters{"#", "+/device/+/alarm", "site7/#"};
    while (filters.size() < count) {
        filters.push_back(names.filter(filters.size()));
    }
    std::vector<std::string> topics;
    while (topics.size() < uniform_topics) {
        topics.push_back(names.topic());
    }

    const double before = bytes_in_use();
    lmqtt::topic::subscription_index index{1};
    const double add_ns = time_each(count, count, [&](std::size_t at) {
        index.add(filters[at], subscriber{.session = at + 1, .options = {}});
    });
    const double bytes = (bytes_in_use() - before) / static_cast<double>(count);

    counting_sink sink;
    const auto match = [&](std::size_t at) { index.match(topics[at], sink); };
    const double uniform_ns =
        best_of(3, [&] { return time_each(uniform_topics, uniform_topics, match); });
    const double matches = static_cast<double>(sink.matches) / (3 * uniform_topics);
    const double hot_ns = best_of(30, [&] { return time_each(100'000, hot_topics, match); });
    const double generation_ns = time_each(2'000'000, hot_topics, [&](std::size_t at) {
        sink.sum += index.generation(topics[at]);
    });
    const double remove_ns =
        time_each(count, count, [&](std::size_t at) { index.remove(filters[at], at + 1); });
    const double left = bytes_in_use() - before;

    std::printf(
        "%12zu %10.1f %8.0f %8.0f %8.0f %8.0f %8.1f %8.2f %10.0f\n",
        count,
        bytes,
        add_ns,
        remove_ns,
        hot_ns,
        uniform_ns,
        generation_ns,
        matches,
        left
    );
    return count < 1'000'000 ||
           (bytes <= target_bytes && hot_ns <= target_hot_ns && uniform_ns <= target_uniform_ns);
}

void measure_retained(std::size_t count) {
    fleet names{count};
    std::vector<std::string> topics;
    while (topics.size() < count) {
        topics.push_back(names.topic());
    }
    const double before = bytes_in_use();
    lmqtt::topic::retained_index<std::uint32_t> index{1};
    const double put_ns =
        time_each(count, count, [&](std::size_t at) { index.put(topics[at], 1U); });
    const double bytes = (bytes_in_use() - before) / static_cast<double>(index.size());
    std::uint64_t sum = 0;
    const double find_ns =
        time_each(count, count, [&](std::size_t at) { sum += *index.find(topics[at]); });
    std::printf(
        "\nretained topics %zu: %.1f bytes each, put %.0f ns, find %.0f ns\n",
        index.size(),
        bytes,
        put_ns,
        find_ns
    );
    const std::vector<std::string> filters{
        topics[0],
        topics[0].substr(0, topics[0].rfind('/')) + "/#",
        "site7/#",
        std::string{"+"}.append(topics[0], topics[0].find('/')),
        "+/device/+/alarm",
        "#"};
    for (const std::string& filter : filters) {
        std::size_t hits = 0;
        double longest = 0;
        std::size_t chunks = 0;
        lmqtt::topic::retained_cursor cursor;
        const double begin = now_ns();
        for (bool done = false; !done; ++chunks) {
            const double chunk_begin = now_ns();
            done = index.match(filter, cursor, 1'000, [&](std::uint32_t) { ++hits; });
            longest = std::max(longest, now_ns() - chunk_begin);
        }
        std::printf(
            "  %-28s %8zu hits %10.1f us in %zu chunks of 1000 nodes, longest %.1f us\n",
            filter.c_str(),
            hits,
            (now_ns() - begin) / 1e3,
            chunks,
            longest / 1e3
        );
    }
}

}  // namespace

int main(int argument_count, char** arguments) {
    std::vector<std::size_t> counts;
    for (int at = 1; at < argument_count; ++at) {
        counts.push_back(std::strtoull(arguments[at], nullptr, 10));
    }
    if (counts.empty()) {
        counts = {100'000, 1'000'000};
    }
    std::printf(
        "%12s %10s %8s %8s %8s %8s %8s %8s %10s\n",
        "subscribed",
        "bytes/sub",
        "add ns",
        "remove",
        "hot ns",
        "uniform",
        "gen ns",
        "matches",
        "bytes left"
    );
    bool met = true;
    for (const std::size_t count : counts) {
        met = measure_subscriptions(count) && met;
    }
    measure_retained(counts.back());
    std::printf(
        "\ntargets at 1000000: <= %.0f bytes, <= %.0f ns hot, <= %.0f ns uniform: %s\n",
        target_bytes,
        target_hot_ns,
        target_uniform_ns,
        met ? "met" : "MISSED"
    );
    return met ? 0 : 1;
}
