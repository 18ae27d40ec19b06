// What access control costs where it is asked most: nanoseconds a decision at delivery, for 1, 10
// and 100 rules about a client, and the bytes its rights take. Half the topics are allowed, by a
// rule in the middle; the others are looked for in vain. Only a quiet machine can say.
//
//     bench_access_rights [rules...]        default: 1 10 100
#include "access/rights.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace lmqtt;

constexpr std::size_t decisions = 2'000'000;
constexpr std::size_t clients = 1'000;

// The kinds of rules people write, in turn; every fifth denies.
access_rule rule_number(std::size_t number) {
    const std::string site = "site" + std::to_string(number);
    access_rule rule;
    rule.actions.add(access_action::publish);
    rule.actions.add(access_action::receive);
    rule.allow = number % 5 != 4;
    switch (number % 5) {
    case 0:
        rule.topic = site + "/device/%c/#";
        break;
    case 1:
        rule.topic = site + "/state";
        break;
    case 2:
        rule.topic = site + "/+/alarm";
        break;
    case 3:
        rule.topic = site + "/#";
        break;
    default:
        rule.topic = site + "/secret/#";
    }
    return rule;
}

// What a rule in the middle allows, and what none does.
std::vector<std::string> topics(std::size_t rules) {
    const std::string site = "site" + std::to_string(rules / 2 / 5 * 5);
    return {
        site + "/device/meter-0000000/temperature", "elsewhere/device/meter-0000000/temperature"};
}

double now_ns() {
    return std::chrono::duration<double, std::nano>(
               std::chrono::steady_clock::now().time_since_epoch()
    )
        .count();
}

// The least of some measurements: what others on the machine do only ever adds.
template <class Decide>
double best_ns(const std::vector<std::string>& asked, Decide decide) {
    double best = 1e18;
    for (int round = 0; round < 5; ++round) {
        std::size_t yes = 0;
        const double begin = now_ns();
        for (std::size_t done = 0; done < decisions; ++done) {
            yes += decide(asked[done % asked.size()]) ? 1U : 0U;
        }
        best = std::min(best, (now_ns() - begin) / decisions);
        if (yes != decisions / 2) {
            std::printf("%zu of %zu were allowed\n", yes, decisions);
            std::exit(1);
        }
    }
    return best;
}

double bytes_of_rights(const std::shared_ptr<const access::rule_set>& rules) {
    std::vector<std::unique_ptr<access::rights>> kept;
    kept.reserve(clients);
    const std::size_t before = mallinfo2().uordblks;
    for (std::size_t number = 0; number < clients; ++number) {
        const std::string id = "meter-" + std::to_string(1'000'000 + number);
        kept.push_back(std::make_unique<access::rights>(
            rules, access::principal{.user_name = "user", .client_id = id}
        ));
    }
    return static_cast<double>(mallinfo2().uordblks - before) / clients;
}

void measure(std::size_t count) {
    std::vector<access_rule> written;
    for (std::size_t number = 0; number < count; ++number) {
        written.push_back(rule_number(number));
    }
    auto made = access::rule_set::make(std::move(written), true);
    const auto rules = std::get<std::shared_ptr<const access::rule_set>>(std::move(made));
    const access::rights mine(rules, {.user_name = "user", .client_id = "meter-0000000"});
    const std::vector<std::string> asked = topics(count);
    const double receive =
        best_ns(asked, [&](const std::string& topic) { return mine.receives(topic); });
    const double publish = best_ns(asked, [&](const std::string& topic) {
        return mine.may_publish({.topic = topic}).allowed;
    });
    std::printf("%8zu %12.1f %12.1f %14.0f\n", count, receive, publish, bytes_of_rights(rules));
}

}  // namespace

int main(int argument_count, char** arguments) {
    std::vector<std::size_t> counts;
    for (int at = 1; at < argument_count; ++at) {
        counts.push_back(std::strtoull(arguments[at], nullptr, 10));
    }
    if (counts.empty()) {
        counts = {1, 10, 100};
    }
    std::printf("%8s %12s %12s %14s\n", "rules", "receive ns", "publish ns", "bytes/client");
    for (const std::size_t count : counts) {
        measure(std::max<std::size_t>(count, 1));
    }
    return 0;
}
