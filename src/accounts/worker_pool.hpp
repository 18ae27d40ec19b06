// Threads for work that takes long: few, started when there is something to do, with a queue as
// long as those who submit put up with. Any thread may submit; the one that destroys the pool waits
// for what is under way.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lmqtt::accounts {

/// Either of the two is called, once. Neither may throw.
struct job {
    std::function<void()> run;      // on a thread of the pool
    std::function<void()> abandon;  // by the pool's destructor, if it was not begun
};

class worker_pool {
public:
    explicit worker_pool(unsigned threads);
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;
    ~worker_pool();

    /// False, and nothing is called, if it would not begin at once and `most_before` already wait
    /// for their turn, or if there is no thread to be had.
    bool submit(job work, std::size_t most_before);

private:
    bool start_thread();
    void serve();

    const std::size_t most_threads_;
    std::mutex mutex_;  // of all that follows
    std::condition_variable changed_;
    std::deque<job> waiting_;
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
};

}  // namespace lmqtt::accounts
