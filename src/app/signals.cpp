#include "app/signals.hpp"

#include "app/failure.hpp"

#include <array>
#include <cstdint>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace lmqtt::app {
namespace {

sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&set, number);
    }
    return set;
}

}  // namespace

void block_signals() {
    const sigset_t set = watched();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A peer that goes away while we write, or a file at its limit: an error code, not a signal.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

signals::signals(signal_actions actions)
    : actions_(std::move(actions)) {
    const sigset_t set = watched();
    arrived_ = signalfd(-1, &set, SFD_CLOEXEC);
    ended_ = eventfd(0, EFD_CLOEXEC);
    if (arrived_ < 0 || ended_ < 0) {
        throw failure(
            exit_code::os_error, "lmqttd: cannot watch for signals: out of file descriptors\n"
        );
    }
    thread_ = std::thread([this] { run(); });
}

signals::~signals() {
    eventfd_write(ended_, 1);
    thread_.join();
    close(arrived_);
    close(ended_);
}

void signals::run() {
    std::array<pollfd, 2> watching{
        pollfd{.fd = arrived_, .events = POLLIN, .revents = 0},
        pollfd{.fd = ended_, .events = POLLIN, .revents = 0}};
    for (;;) {
        if (poll(watching.data(), watching.size(), -1) < 0) {
            continue;
        }
        if (watching[1].revents != 0) {
            return;
        }
        signalfd_siginfo next{};
        if (read(arrived_, &next, sizeof next) == ssize_t{sizeof next}) {
            act(static_cast<int>(next.ssi_signo));
        }
    }
}

void signals::act(int number) const {
    if (number == SIGHUP) {
        actions_.reload();
    } else {
        actions_.stop();
    }
}

}  // namespace lmqtt::app
