#include "net/gate.hpp"
#include "net/listener.hpp"
#include "support/captured_log.hpp"
#include "support/socket_pair.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

using lmqtt::net::admission_verdict;
using lmqtt::net::connected_socket;
using lmqtt::net::file_descriptor;
using lmqtt::net::listener;
using lmqtt::test::peer_socket;

namespace {

peer_socket connect_to(std::uint16_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    file_descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(client.is_open());
    REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    return peer_socket(std::move(client));
}

// A listener on a free port of loopback, and what it has handed out.
struct listening {
    lmqtt::test::captured_log log;
    lmqtt::net::gate door;
    std::vector<connected_socket> accepted;
    admission_verdict verdict = admission_verdict::admitted;
    bool throws = false;
    boost::asio::io_context context{1};
    lmqtt::net::task_group tasks{context.get_executor(), log.logger("net")};
    std::optional<listener> ours;

    explicit listening(const std::string& address = "127.0.0.1:0") {
        ours.emplace(
            context.get_executor(),
            lmqtt::net::listener_options{.address = address, .index = 3},
            lmqtt::net::listener_calls{
                .admit = [this](lmqtt::net::visit& who) { return admit(who); },
                .accepted = [this](connected_socket socket) { accept(std::move(socket)); }}
        );
        ours->start(tasks, log.logger("net"));
    }

    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;

    ~listening() {
        ours->close();
        run_ready();
    }

    admission_verdict admit(lmqtt::net::visit& who) {
        if (verdict != admission_verdict::admitted) {
            return verdict;
        }
        return door.admit(who, {});
    }

    void accept(connected_socket socket) {
        if (throws) {
            throw std::runtime_error("no room");
        }
        accepted.push_back(std::move(socket));
    }

    peer_socket connect() { return connect_to(ours->port()); }

    std::size_t run_ready() {
        context.restart();
        return context.poll();
    }

    // Returns how many handlers that took.
    int run_until_accepted(std::size_t count) {
        int handlers = 0;
        while (accepted.size() < count) {
            context.run_one();
            ++handlers;
        }
        return handlers;
    }
};

// Leaves the process room for so many more descriptors.
class descriptor_limit {
public:
    explicit descriptor_limit(rlim_t room) {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const file_descriptor next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        rlimit lowered = before_;
        lowered.rlim_cur = static_cast<rlim_t>(next.get()) + room;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
    }

    descriptor_limit(const descriptor_limit&) = delete;
    descriptor_limit& operator=(const descriptor_limit&) = delete;

    ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("an accepted socket knows its peer and its listener, and does not block") {
    listening here;
    const peer_socket client = here.connect();
    here.run_until_accepted(1);
    const connected_socket& socket = here.accepted.front();
    CHECK(socket.visiting.peer().is_loopback());
    CHECK(socket.visiting.peer().port() != 0);
    CHECK(socket.visiting.listener() == 3);
    const int flags = ::fcntl(socket.descriptor.get(), F_GETFL);
    CHECK((flags & O_NONBLOCK) != 0);
    CHECK((::fcntl(socket.descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a listener says what it has bound") {
    const listening here;
    CHECK(here.ours->address_text() == "127.0.0.1:" + std::to_string(here.ours->port()));
}

TEST_CASE("what is no address is refused at once") {
    boost::asio::io_context context{1};
    CHECK_THROWS_AS(
        listener(context.get_executor(), {.address = "1883"}, {}), std::invalid_argument
    );
}

TEST_CASE("many connections at once are all accepted") {
    listening here;
    std::vector<peer_socket> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(here.connect());
    }
    here.run_until_accepted(200);
    CHECK(here.accepted.size() == 200);
}

TEST_CASE("whoever is not admitted is reset, and logged") {
    listening here;
    here.verdict = admission_verdict::too_fast;
    peer_socket refused = here.connect();
    here.run_ready();
    CHECK(here.accepted.empty());
    static_cast<void>(refused.read());
    CHECK(refused.error() == ECONNRESET);
    CHECK(here.log.contains("this address connects too fast"));
    here.verdict = admission_verdict::admitted;
    const peer_socket welcome = here.connect();
    here.run_until_accepted(1);
    CHECK(here.accepted.size() == 1);
}

TEST_CASE("a connection that cannot be set up is not the last one") {
    listening here;
    here.door.set_limits({.connections = 1});
    here.throws = true;
    peer_socket unlucky = here.connect();
    here.run_ready();
    static_cast<void>(unlucky.read());
    CHECK(unlucky.at_end());
    CHECK(here.log.contains("no room"));
    here.throws = false;
    const peer_socket next = here.connect();
    here.run_until_accepted(1);
    CHECK(here.accepted.size() == 1);
}

TEST_CASE("a closed listener accepts no more, its task ends, and what it accepted lives on") {
    listening here;
    peer_socket client = here.connect();
    here.run_until_accepted(1);
    here.ours->close();
    here.run_ready();
    CHECK(here.tasks.count() == 0);
    const char byte = 'x';
    CHECK(::send(here.accepted[0].descriptor.get(), &byte, 1, MSG_NOSIGNAL) == 1);
    CHECK(client.read() == "x");
    const file_descriptor late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(here.ours->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(late.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0);
}

TEST_CASE("out of descriptors, connections are shed and accepted again after release: B08") {
    listening here;
    std::vector<peer_socket> clients;
    clients.reserve(10);
    for (int i = 0; i < 10; ++i) {
        clients.push_back(here.connect());
    }
    {
        const descriptor_limit limit(4);
        here.run_ready();
        CHECK(here.accepted.size() == 4);
        CHECK(here.ours->shed() == 6);
        CHECK(here.run_ready() == 0);  // it rests: no busy loop
        static_cast<void>(clients.back().read());
        CHECK(clients.back().at_end());
    }
    CHECK(here.log.contains("cannot accept for now"));
    here.accepted.clear();
    const peer_socket next = here.connect();
    CHECK(here.run_until_accepted(1) <= 2);  // the end of the rest, and no more than that
}

TEST_CASE("a listener that is closed while it rests ends") {
    listening here;
    const peer_socket client = here.connect();
    {
        const descriptor_limit limit(0);
        here.run_ready();
    }
    REQUIRE(here.ours->shed() == 1);
    here.ours->close();
    here.run_ready();
    CHECK(here.tasks.count() == 0);
}

TEST_CASE("a UNIX socket is a listener like any other, and takes its file with it") {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("lmqtt-" + std::to_string(::getpid()) + ".sock"))
            .string();
    listening here("unix:" + path);
    CHECK(here.ours->port() == 0);
    CHECK(here.ours->address_text() == "unix:" + path);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(static_cast<char*>(to.sun_path), sizeof to.sun_path - 1);
    const file_descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    here.run_until_accepted(1);
    CHECK(
        here.accepted.front().visiting.peer().family() == lmqtt::net::address_family::unix_socket
    );
    here.ours->close();
    CHECK_FALSE(std::filesystem::exists(path));
}
