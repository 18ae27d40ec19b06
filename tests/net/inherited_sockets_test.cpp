#include "net/inherited_sockets.hpp"
#include "net/listen_socket.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace lmqtt;
using net::file_descriptor;
using net::inherited_sockets;

namespace {

// As a service manager leaves the process: this socket at descriptor 3.
class passed {
public:
    explicit passed(const file_descriptor& socket)
        : before_(::fcntl(3, F_DUPFD_CLOEXEC, 100)) {
        REQUIRE(::dup2(socket.get(), 3) == 3);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", "1", 1);
    }

    ~passed() {
        ::unsetenv("LISTEN_PID");
        ::unsetenv("LISTEN_FDS");
        ::close(3);
        if (before_ >= 0) {
            ::dup2(before_, 3);
            ::close(before_);
        }
    }

private:
    int before_;
};

file_descriptor bound_to(const listen_address& where) {
    const net::listen_request request{.text = "test", .where = where};
    return where.is_unix() ? net::listen_unix(request)
                           : std::move(net::listen_tcp(request).front());
}

}  // namespace

TEST_CASE("a socket is found by the address it is bound to, and by no other") {
    const listen_address anywhere{"127.0.0.1", 0, ""};
    const file_descriptor socket = bound_to(anywhere);
    const std::uint16_t port = net::bound_port(socket);
    const passed by_manager(socket);
    CHECK(inherited_sockets({"127.0.0.1", port, ""}).size() == 1);
    CHECK(inherited_sockets({"localhost", port, ""}).size() == 1);
    CHECK(inherited_sockets({"", port, ""}).empty());
    CHECK(inherited_sockets({"127.0.0.2", port, ""}).empty());
    const auto other = static_cast<std::uint16_t>(port + 1);
    CHECK(inherited_sockets({"127.0.0.1", other, ""}).empty());
    CHECK(inherited_sockets(anywhere).empty());
    CHECK(inherited_sockets({"", 0, "/run/x"}).empty());
    const auto found = inherited_sockets({"127.0.0.1", port, ""});
    CHECK((::fcntl(found.front().get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(found.front().get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("all addresses are those of a socket that is bound to none") {
    const file_descriptor socket = bound_to({"", 0, ""});
    const passed by_manager(socket);
    CHECK(inherited_sockets({"", net::bound_port(socket), ""}).size() == 1);
    CHECK(inherited_sockets({"127.0.0.1", net::bound_port(socket), ""}).empty());
}

TEST_CASE("a UNIX socket is found by its path") {
    const test::scratch folder;
    const listen_address where{"", 0, folder.path("mqtt.sock").string()};
    const file_descriptor socket = bound_to(where);
    const passed by_manager(socket);
    CHECK(inherited_sockets(where).size() == 1);
    CHECK(inherited_sockets({"", 0, "/run/other"}).empty());
}

TEST_CASE("what was passed to another process, or does not listen, is not ours") {
    const file_descriptor socket = bound_to({"127.0.0.1", 0, ""});
    const listen_address where{"127.0.0.1", net::bound_port(socket), ""};
    const passed by_manager(socket);
    ::setenv("LISTEN_PID", "1", 1);
    CHECK(inherited_sockets(where).empty());
    ::setenv("LISTEN_PID", "nonsense", 1);
    CHECK(inherited_sockets(where).empty());
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "0", 1);
    CHECK(inherited_sockets(where).empty());
}
