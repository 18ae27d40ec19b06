#include "random_topics.hpp"
#include "topic/subscription_index.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

using namespace lmqtt::topic;
using test::member;

namespace {

// Reads as shards do: matches and chooses under the shared lock, checks generations without any.
class reader {
public:
    reader(const subscription_index& index, std::shared_mutex& mutex, std::uint64_t number)
        : index_{index}
        , mutex_{mutex}
        , number_{number}
        , random_{number} {}

    void run() {
        for (int round = 0; round < 1'500; ++round) {
            const std::string topic = random_.name();
            const std::uint64_t generation = index_.generation("a");
            backwards |= generation < last_;
            last_ = generation;
            const std::shared_lock lock{mutex_};
            always_there_ = 0;
            index_.match("a", *this);
            missed |= always_there_ != 2;
            index_.match(topic, *this);
        }
    }

    void subscription(const subscriber& each) { always_there_ += each.session == 1 ? 1 : 0; }

    void group(const shared_group& each) {
        for (const strategy how : {strategy::round_robin, strategy::random, strategy::sticky}) {
            missed |= choose(each, how, number_ * 17, random_.below(1'000)) == nullptr;
        }
    }

    bool missed = false;
    bool backwards = false;

private:
    const subscription_index& index_;
    std::shared_mutex& mutex_;
    std::uint64_t number_;
    test::random_topics random_;
    std::uint64_t last_ = 0;
    int always_there_ = 0;
};

}  // namespace

TEST_CASE("many threads match at once while one changes the index between them") {
    subscription_index index{1};
    std::shared_mutex mutex;
    index.add("a", member(1));
    index.add("+", member(1));
    index.add_shared("g", "#", member(1));

    std::vector<reader> readers;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        readers.emplace_back(index, mutex, number);
    }
    std::atomic<int> running = 3;
    std::vector<std::thread> threads;
    for (reader& each : readers) {
        threads.emplace_back([&] {
            each.run();
            --running;
        });
    }
    test::random_topics random{9};
    while (running != 0) {
        const std::string filter = random.filter();
        const std::uint64_t session = 2 + random.below(100);
        const std::unique_lock lock{mutex};
        if (random.one_in(2)) {
            index.add(filter, member(session));
            index.add_shared("g", filter, member(session));
        } else {
            index.remove(filter, session);
            index.remove_shared("g", filter, session);
        }
        index.set_shared_online("g", filter, session, random.one_in(2));
    }
    for (std::thread& each : threads) {
        each.join();
    }
    for (const reader& each : readers) {
        CHECK_FALSE(each.missed);
        CHECK_FALSE(each.backwards);
    }
}
