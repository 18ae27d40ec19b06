// SIGTERM, SIGINT and SIGHUP as plain calls on one thread of their own. Block first, before any
// other thread exists; the functions are called one at a time until the object is gone.
#pragma once

#include <functional>
#include <thread>

namespace lmqtt::app {

struct signal_actions {
    std::function<void()> stop;    // SIGTERM, SIGINT
    std::function<void()> reload;  // SIGHUP
};

/// Keeps the three signals from every thread started from now on, and ignores SIGPIPE
/// and SIGXFSZ.
void block_signals();

class signals {
public:
    /// The actions must not throw, and what they touch must outlive this object.
    explicit signals(signal_actions actions);
    signals(const signals&) = delete;
    signals& operator=(const signals&) = delete;
    /// Waits for an action that is being called.
    ~signals();

private:
    void run();
    void act(int number) const;

    signal_actions actions_;
    int arrived_ = -1;  // signalfd
    int ended_ = -1;    // eventfd
    std::thread thread_;
};

}  // namespace lmqtt::app
