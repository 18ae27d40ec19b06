#include "relay/relay.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace bench {

namespace {

constexpr std::size_t input_size = 64 * 1024;
constexpr std::size_t largest_pooled = 64 * 1024;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void set_option(int descriptor, int level, int name) {
    const int on = 1;
    if (setsockopt(descriptor, level, name, &on, sizeof on) != 0) {
        fail("setsockopt");
    }
}

int listen_on(std::uint16_t port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        fail("socket");
    }
    set_option(descriptor, SOL_SOCKET, SO_REUSEADDR);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
        listen(descriptor, SOMAXCONN) != 0) {
        fail("listen");
    }
    return descriptor;
}

int ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

}  // namespace

relay::relay(std::uint16_t port, const planted& faults)
    : faults_(faults)
    , epoll_(epoll_create1(EPOLL_CLOEXEC))
    , listener_(listen_on(port))
    , signals_(ending_signals())
    , input_(input_size, '\0') {
    watch(listener_, &listener_, EPOLL_CTL_ADD, EPOLLIN);
    watch(signals_, &signals_, EPOLL_CTL_ADD, EPOLLIN);
}

relay::~relay() {
    for (const auto& each : by_descriptor_) {
        if (each) {
            ::close(each->descriptor);
        }
    }
    ::close(signals_);
    ::close(listener_);
    ::close(epoll_);
}

void relay::run() {
    std::array<epoll_event, 512> events{};
    for (;;) {
        const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
        for (int at = 0; at < count; ++at) {
            const auto& event = events[static_cast<std::size_t>(at)];
            if (event.data.ptr == &signals_) {
                return;
            }
            if (event.data.ptr == &listener_) {
                accept_all();
                continue;
            }
            auto& which = *static_cast<connection*>(event.data.ptr);
            if ((event.events & EPOLLOUT) != 0) {
                output(which);
            }
            if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) {
                readable(which);
            }
        }
        for (std::size_t at = 0; at < dirty_.size(); ++at) {
            flush(*dirty_[at]);
        }
        dirty_.clear();
        closed_.clear();
    }
}

void relay::accept_all() {
    for (;;) {
        const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            return;
        }
        set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
        const auto slot = static_cast<std::size_t>(descriptor);
        if (by_descriptor_.size() <= slot) {
            by_descriptor_.resize(slot + 1);
        }
        by_descriptor_[slot] = std::make_unique<connection>();
        by_descriptor_[slot]->descriptor = descriptor;
        watch(descriptor, by_descriptor_[slot].get(), EPOLL_CTL_ADD, EPOLLIN);
    }
}

void relay::readable(connection& from) {
    const auto got = recv(from.descriptor, input_.data(), input_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        close(from);
        return;
    }
    try {
        consume(from, std::string_view(input_).substr(0, static_cast<std::size_t>(got)));
    } catch (const std::runtime_error&) {
        close(from);
    }
}

void relay::consume(connection& from, std::string_view bytes) {
    const bool continues = from.partial != nullptr;
    if (continues) {
        from.partial->append(bytes);
        bytes = *from.partial;
    }
    while (const auto packet = take_frame(bytes)) {
        handle(from, *packet);
        if (from.descriptor < 0) {
            return;
        }
    }
    if (continues) {
        from.partial->erase(0, from.partial->size() - bytes.size());
        if (from.partial->empty()) {
            give_back(from.partial);
        }
    } else if (!bytes.empty()) {
        from.partial = take_buffer();
        from.partial->assign(bytes);
    }
}

std::string& relay::output(connection& to) {
    if (!to.output) {
        to.output = take_buffer();
    }
    if (!to.dirty) {
        to.dirty = true;
        to.last_frame = no_frame;
        dirty_.push_back(&to);
    }
    return *to.output;
}

void relay::flush(connection& to) {
    to.dirty = false;
    if (to.descriptor < 0) {
        return;
    }
    const auto owed = std::string_view(*to.output).substr(to.sent);
    const auto done = send(to.descriptor, owed.data(), owed.size(), MSG_NOSIGNAL);
    if (done < 0 && errno != EAGAIN) {
        close(to);
        return;
    }
    to.sent += done > 0 ? static_cast<std::uint32_t>(done) : 0;
    const bool complete = to.sent == to.output->size();
    if (complete) {
        to.sent = 0;
        give_back(to.output);
    }
    if (complete == to.blocked) {
        to.blocked = !complete;
        const std::uint32_t events = to.blocked ? EPOLLIN | EPOLLOUT : EPOLLIN;
        watch(to.descriptor, &to, EPOLL_CTL_MOD, events);
    }
}

// The memory stays until the turn ends: an event or the list of dirty ones may still name it.
void relay::close(connection& which) {
    for (auto* each : which.routes) {
        std::erase_if(each->subscribers, [&](const subscriber& one) { return one.to == &which; });
    }
    const auto slot = static_cast<std::size_t>(which.descriptor);
    ::close(which.descriptor);
    which.descriptor = -1;
    closed_.push_back(std::move(by_descriptor_[slot]));
}

void relay::watch(int descriptor, void* whose, int operation, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.ptr = whose;
    if (epoll_ctl(epoll_, operation, descriptor, &event) != 0) {
        fail("epoll_ctl");
    }
}

std::unique_ptr<std::string> relay::take_buffer() {
    if (pool_.empty()) {
        return std::make_unique<std::string>();
    }
    auto taken = std::move(pool_.back());
    pool_.pop_back();
    return taken;
}

void relay::give_back(std::unique_ptr<std::string>& buffer) {
    buffer->clear();
    if (buffer->capacity() <= largest_pooled) {
        pool_.push_back(std::move(buffer));
    }
    buffer.reset();
}

}  // namespace bench
