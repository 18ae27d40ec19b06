#include "accounts/worker_pool.hpp"

#include <system_error>
#include <utility>

namespace lmqtt::accounts {

worker_pool::worker_pool(unsigned threads)
    : most_threads_(threads) {}

worker_pool::~worker_pool() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& each : threads_) {
        each.join();
    }
    for (const job& each : waiting_) {
        each.abandon();
    }
}

bool worker_pool::submit(job work, std::size_t most_before) {
    const std::lock_guard guard(mutex_);
    const bool begins_at_once = idle_ > waiting_.size() || threads_.size() < most_threads_;
    if (!begins_at_once && waiting_.size() >= most_before) {
        return false;
    }
    if (idle_ <= waiting_.size() && threads_.size() < most_threads_ && !start_thread()) {
        return false;
    }
    waiting_.push_back(std::move(work));
    changed_.notify_one();
    return true;
}

// Without one more, those there are do it; without any, nobody would.
bool worker_pool::start_thread() {
    try {
        threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
        return !threads_.empty();
    }
    return true;
}

void worker_pool::serve() {
    std::unique_lock guard(mutex_);
    while (true) {
        ++idle_;
        changed_.wait(guard, [this] { return stopping_ || !waiting_.empty(); });
        --idle_;
        if (stopping_) {
            return;
        }
        job next = std::move(waiting_.front());
        waiting_.pop_front();
        guard.unlock();
        next.run();
        next = {};  // what it holds goes before the lock is taken
        guard.lock();
    }
}

}  // namespace lmqtt::accounts
