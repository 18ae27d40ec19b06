#include "app/signals.hpp"

#include <catch2/catch.hpp>

#include <semaphore>
#include <signal.h>
#include <thread>
#include <unistd.h>

using namespace lmqtt::app;

namespace {

/// What block_signals() does, for one test only: whoever runs the tests may want to stop them.
class blocked {
public:
    blocked() {
        pthread_sigmask(SIG_SETMASK, nullptr, &before_);
        block_signals();
    }

    blocked(const blocked&) = delete;
    blocked& operator=(const blocked&) = delete;

    ~blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

}  // namespace

TEST_CASE("each signal calls its action, on one thread that is not ours") {
    const blocked here;
    std::counting_semaphore<8> stopped(0);
    std::counting_semaphore<8> reloaded(0);
    std::thread::id seen;
    const signals watching({
        .stop =
            [&] {
                seen = std::this_thread::get_id();
                stopped.release();
            },
        .reload = [&] { reloaded.release(); },
    });
    kill(getpid(), SIGHUP);
    reloaded.acquire();
    kill(getpid(), SIGTERM);
    stopped.acquire();
    kill(getpid(), SIGINT);
    stopped.acquire();
    kill(getpid(), SIGHUP);
    reloaded.acquire();
    CHECK(seen != std::this_thread::get_id());
    CHECK_FALSE(stopped.try_acquire());
    CHECK_FALSE(reloaded.try_acquire());
}

TEST_CASE("a signal that comes before somebody watches is not lost") {
    const blocked here;
    kill(getpid(), SIGTERM);
    std::binary_semaphore stopped(0);
    const signals watching({.stop = [&] { stopped.release(); }, .reload = [] {}});
    stopped.acquire();
    SUCCEED("the action was called");
}

TEST_CASE("a peer that goes away does not kill us") {
    const blocked here;
    CHECK(raise(SIGPIPE) == 0);
}
