#include "net/listen_socket.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

using lmqtt::net::bound_port;
using lmqtt::net::file_descriptor;
using lmqtt::net::listen_request;
using lmqtt::net::listen_tcp;
using lmqtt::net::listen_unix;

namespace {

listen_request request(const std::string& text) {
    return {.text = text, .where = lmqtt::parse_listen_address(text).value()};
}

std::string message_of(const std::string& text) {
    try {
        static_cast<void>(
            request(text).where.is_unix() ? listen_unix(request(text)).is_open()
                                          : listen_tcp(request(text)).empty()
        );
    } catch (const std::runtime_error& failure) {
        return failure.what();
    }
    return "";
}

int option(const file_descriptor& socket, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(socket.get(), level, name, &value, &size) == 0);
    return value;
}

class scratch_folder {
public:
    scratch_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "lmqtt-net-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }

    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    ~scratch_folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string file(const std::string& name) const { return path_ + '/' + name; }

private:
    std::string path_;
};

mode_t mode_of(const std::string& path) {
    struct stat found {};

    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_mode & 0777;
}

}  // namespace

TEST_CASE("port 0 becomes a free port") {
    const auto sockets = listen_tcp(request("127.0.0.1:0"));
    REQUIRE(sockets.size() == 1);
    CHECK(bound_port(sockets.front()) != 0);
}

TEST_CASE("all addresses of a name share one port") {
    const auto sockets = listen_tcp(request("localhost:0"));
    REQUIRE_FALSE(sockets.empty());
    for (const file_descriptor& socket : sockets) {
        CHECK(bound_port(socket) == bound_port(sockets.front()));
    }
}

TEST_CASE("no host means one socket for all addresses") {
    const auto sockets = listen_tcp(request(":0"));
    REQUIRE(sockets.size() == 1);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(bound_port(sockets.front()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const file_descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK(::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
}

TEST_CASE("a port in use is said in one line with the address") {
    const auto first = listen_tcp(request("127.0.0.1:0"));
    const std::string text = "127.0.0.1:" + std::to_string(bound_port(first.front()));
    CHECK(message_of(text) == "cannot listen on " + text + ": Address already in use");
}

TEST_CASE("a host nobody knows is said in one line with the address") {
    const std::string message = message_of("no-such-host.invalid:1883");
    CHECK(message.rfind("cannot listen on no-such-host.invalid:1883: ", 0) == 0);
    CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("an address that is not ours is said in one line") {
    CHECK(
        message_of("192.0.2.1:1883") ==
        "cannot listen on 192.0.2.1:1883: Cannot assign requested address"
    );
}

TEST_CASE("accepted sockets inherit what keeps latency, kernel memory and lost peers few") {
    const auto listening = listen_tcp(request("127.0.0.1:0"));
    CHECK(option(listening.front(), IPPROTO_TCP, TCP_NODELAY) != 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(bound_port(listening.front()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const file_descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const file_descriptor accepted(::accept(listening.front().get(), nullptr, nullptr));
    CHECK(option(accepted, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option(accepted, IPPROTO_TCP, TCP_NOTSENT_LOWAT) == 128 * 1024);
    CHECK(option(accepted, SOL_SOCKET, SO_KEEPALIVE) != 0);
}

TEST_CASE("a UNIX socket's file has the mode it was given, whatever the umask") {
    const scratch_folder folder;
    auto wanted = request("unix:" + folder.file("mqtt.sock"));
    wanted.unix_mode = 0626;
    const mode_t before = ::umask(077);
    const file_descriptor socket = listen_unix(wanted);
    ::umask(before);
    CHECK(mode_of(folder.file("mqtt.sock")) == 0626);
}

TEST_CASE("the file of a UNIX socket nobody listens on is replaced, a live one is not") {
    const scratch_folder folder;
    const std::string text = "unix:" + folder.file("mqtt.sock");
    { const file_descriptor crashed = listen_unix(request(text)); }
    const file_descriptor alive = listen_unix(request(text));
    CHECK(message_of(text) == "cannot listen on " + text + ": Address already in use");
    CHECK(lmqtt::net::socket_file_inode(folder.file("mqtt.sock")) != 0);
}

TEST_CASE("a file that is no socket is not removed") {
    const scratch_folder folder;
    const std::string path = folder.file("precious");
    const file_descriptor precious(::creat(path.c_str(), 0600));
    CHECK(
        message_of("unix:" + path) == "cannot listen on unix:" + path + ": Address already in use"
    );
    CHECK(std::filesystem::exists(path));
}

TEST_CASE("only its own socket file is removed") {
    const scratch_folder folder;
    const std::string path = folder.file("mqtt.sock");
    const file_descriptor ours = listen_unix(request("unix:" + path));
    const auto inode = lmqtt::net::socket_file_inode(path);
    lmqtt::net::remove_socket_file(path, inode + 1);
    CHECK(std::filesystem::exists(path));
    lmqtt::net::remove_socket_file(path, inode);
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a UNIX socket in a folder that does not exist is said in one line") {
    const std::string text = "unix:/no/such/folder/mqtt.sock";
    CHECK(message_of(text) == "cannot listen on " + text + ": No such file or directory");
}
