#include "end_to_end/loop.hpp"

#include "end_to_end/process_meter.hpp"

#include <array>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace bench {

namespace {

constexpr std::size_t input_size = 256 * 1024;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void set_option(int descriptor, int level, int name) {
    const int on = 1;
    if (setsockopt(descriptor, level, name, &on, sizeof on) != 0) {
        fail("setsockopt");
    }
}

// Source addresses multiply the ports; the kernel may pick a port per destination, not per address.
void bind_source(int descriptor, std::uint32_t address) {
    set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(address);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
        fail("bind to a source address");
    }
}

}  // namespace

loop::loop(const sockaddr_in& broker)
    : epoll_(epoll_create1(EPOLL_CLOEXEC))
    , broker_(broker)
    , input_(input_size, '\0') {
    if (epoll_ < 0) {
        fail("epoll_create1");
    }
}

loop::~loop() {
    for (auto& each : links_) {
        if (each.descriptor >= 0) {
            ::close(each.descriptor);
        }
    }
    ::close(epoll_);
}

link& loop::add() {
    auto& added = links_.emplace_back();
    added.number = static_cast<std::uint32_t>(links_.size() - 1);
    return added;
}

void loop::open(link& to, std::uint32_t source) {
    to.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (to.descriptor < 0) {
        fail("socket");
    }
    set_option(to.descriptor, IPPROTO_TCP, TCP_NODELAY);
    if (source != 0) {
        bind_source(to.descriptor, source);
    }
    to.connecting = true;
    const auto* address = reinterpret_cast<const sockaddr*>(&broker_);
    if (connect(to.descriptor, address, sizeof broker_) != 0 && errno != EINPROGRESS) {
        fail("connect");
    }
    watch(to, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

void loop::close(link& which) {
    ::close(which.descriptor);
    which.descriptor = -1;
    which.connecting = which.blocked = which.closes_when_sent = false;
    which.sent = 0;
    which.output.clear();
    which.partial.clear();
}

std::string& loop::output(link& to) {
    if (!to.dirty) {
        to.dirty = true;
        dirty_.push_back(&to);
    }
    return to.output;
}

void loop::finish(link& which) {
    which.closes_when_sent = true;
    output(which);
}

void loop::turn(std::chrono::nanoseconds longest_wait) {
    flush_dirty();  // what was appended between turns
    const auto seconds = std::chrono::floor<std::chrono::seconds>(longest_wait);
    const timespec timeout{seconds.count(), (longest_wait - seconds).count()};
    std::array<epoll_event, 512> events{};
    const int count =
        epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (count < 0 && errno != EINTR) {
        fail("epoll_pwait2");
    }
    for (int at = 0; at < count; ++at) {
        const auto& event = events[static_cast<std::size_t>(at)];
        auto& which = *static_cast<link*>(event.data.ptr);
        if (which.descriptor >= 0 && which.connecting) {
            connected(which);
        } else if (which.descriptor >= 0) {
            if ((event.events & EPOLLOUT) != 0) {
                output(which);
            }
            if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) {
                readable(which);
            }
        }
    }
    flush_dirty();
}

void loop::flush_dirty() {
    // By index: flushing may close a link, and the owner may then open another.
    for (std::size_t at = 0; at < dirty_.size(); ++at) {
        flush(*dirty_[at]);
    }
    dirty_.clear();
}

void loop::connected(link& which) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(which.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        lose(which);
        return;
    }
    which.connecting = false;
    watch(which, EPOLL_CTL_MOD, EPOLLIN);
    on.opened(which);
}

void loop::readable(link& from) {
    const auto got = recv(from.descriptor, input_.data(), input_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        lose(from);
        return;
    }
    now_ns_ = steady_ns();
    consume(from, std::string_view(input_).substr(0, static_cast<std::size_t>(got)));
}

void loop::consume(link& from, std::string_view bytes) {
    const bool continues = !from.partial.empty();
    if (continues) {
        from.partial.append(bytes);
        bytes = from.partial;
    }
    while (const auto packet = take_frame(bytes)) {
        on.arrived(from, *packet);
        if (from.descriptor < 0) {
            return;
        }
    }
    if (continues) {
        from.partial.erase(0, from.partial.size() - bytes.size());
    } else {
        from.partial.assign(bytes);
    }
}

void loop::flush(link& to) {
    to.dirty = false;
    if (to.descriptor < 0 || to.connecting) {
        return;
    }
    const auto owed = std::string_view(to.output).substr(to.sent);
    const auto done =
        owed.empty() ? 0 : send(to.descriptor, owed.data(), owed.size(), MSG_NOSIGNAL);
    if (done < 0 && errno != EAGAIN) {
        lose(to);
        return;
    }
    to.sent += done > 0 ? static_cast<std::size_t>(done) : 0;
    const bool complete = to.sent == to.output.size();
    if (complete) {
        to.sent = 0;
        to.output.clear();
    }
    if (complete && to.closes_when_sent) {
        close(to);
        on.finished(to);
        return;
    }
    if (complete == to.blocked) {
        to.blocked = !complete;
        watch(to, EPOLL_CTL_MOD, to.blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
}

void loop::watch(link& which, int operation, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &which;
    if (epoll_ctl(epoll_, operation, which.descriptor, &event) != 0) {
        fail("epoll_ctl");
    }
}

void loop::lose(link& which) {
    close(which);
    on.closed(which);
}

}  // namespace bench
