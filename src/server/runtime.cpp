#include "server/runtime.hpp"

#include "base/assert.hpp"

#include <csignal>
#include <pthread.h>
#include <string>

namespace lmqtt::serving {

namespace {

// A new thread inherits the mask, so it is set before it starts: afterwards would be too late.
class signals_blocked {
public:
    signals_blocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }

    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

void run(shard& what) {
    const std::string name = "lmqtt-" + std::to_string(what.index());
    pthread_setname_np(pthread_self(), name.c_str());
    what.run();
}

}  // namespace

runtime::runtime(unsigned shards, const base::clock& clock) {
    LMQTT_ASSERT(shards > 0);
    shards_.reserve(shards);
    for (unsigned index = 0; index < shards; ++index) {
        shards_.push_back(std::make_unique<shard>(index, clock));
    }
}

runtime::~runtime() {
    stop();
    join();
}

void runtime::start() {
    LMQTT_ASSERT(threads_.empty());
    const signals_blocked blocked;
    for (const auto& each : shards_) {
        threads_.emplace_back([&one = *each] { run(one); });
    }
}

void runtime::stop() {
    for (const auto& each : shards_) {
        each->stop();
    }
}

void runtime::join() {
    for (std::thread& each : threads_) {
        each.join();
    }
    threads_.clear();
}

}  // namespace lmqtt::serving
