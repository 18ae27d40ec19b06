#include "net/listen_socket.hpp"

#include "net/address.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::net {

namespace {

// Beyond it the kernel says "full": the backlog stays in our accounting instead of its memory.
constexpr int unsent_low_water_bytes = 128 * 1024;

struct free_addresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

using address_list = std::unique_ptr<addrinfo, free_addresses>;

[[noreturn]] void fail(const listen_request& request, int error) {
    throw std::system_error(error, std::generic_category(), "cannot listen on " + request.text);
}

address_list resolve(const listen_request& request, const char* host, int family) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    const std::string port = std::to_string(request.where.port);
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host, port.c_str(), &hints, &found);
    if (error == EAI_SYSTEM) {
        fail(request, errno);
    }
    if (error != 0) {
        throw std::runtime_error("cannot listen on " + request.text + ": " + ::gai_strerror(error));
    }
    return address_list(found);
}

void set(const file_descriptor& socket, int level, int option, int value) noexcept {
    // None of them is needed to work, so a kernel that does not know one is no error.
    static_cast<void>(::setsockopt(socket.get(), level, option, &value, sizeof value));
}

void set_port(sockaddr_storage& where, std::uint16_t port) noexcept {
    // The port has the same place in both families.
    auto& v4 = reinterpret_cast<sockaddr_in&>(where);
    v4.sin_port = htons(port);
}

struct attempt {
    file_descriptor socket;
    int error = 0;
};

attempt listen_at(const addrinfo& at, std::uint16_t port, bool both_families, int backlog) {
    file_descriptor socket(::socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) {
        return {.socket = {}, .error = errno};
    }
    set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    if (at.ai_family == AF_INET6) {
        set(socket, IPPROTO_IPV6, IPV6_V6ONLY, both_families ? 0 : 1);
    }
    // What is accepted inherits these three, which saves as many calls for each connection. The
    // last is for a host that vanishes while its clients have asked for no keep alive of MQTT's.
    set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent_low_water_bytes);
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    sockaddr_storage where{};
    std::memcpy(&where, at.ai_addr, at.ai_addrlen);
    set_port(where, port);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), at.ai_addrlen) != 0 ||
        ::listen(socket.get(), backlog) != 0) {
        return {.socket = {}, .error = errno};
    }
    return {.socket = std::move(socket), .error = 0};
}

bool family_is_missing(int error) noexcept {
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT;
}

// One socket for IPv4 and IPv6; for IPv4 alone where the machine has no IPv6.
std::vector<file_descriptor> listen_everywhere(const listen_request& request) {
    std::vector<file_descriptor> sockets;
    int error = 0;
    for (const char* const any : {"::", "0.0.0.0"}) {
        const address_list list = resolve(request, any, AF_UNSPEC);
        attempt tried = listen_at(*list, request.where.port, true, request.backlog);
        error = tried.error;
        if (error == 0) {
            sockets.push_back(std::move(tried.socket));
            return sockets;
        }
        if (!family_is_missing(error)) {
            break;
        }
    }
    fail(request, error);
}

bool somebody_listens(const sockaddr_un& where) noexcept {
    const file_descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
}

}  // namespace

std::vector<file_descriptor> listen_tcp(const listen_request& request) {
    if (request.where.host.empty()) {
        return listen_everywhere(request);
    }
    const address_list list = resolve(request, request.where.host.c_str(), AF_UNSPEC);
    std::vector<file_descriptor> sockets;
    std::uint16_t port = request.where.port;
    int missing = 0;
    for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
        attempt tried = listen_at(*at, port, false, request.backlog);
        if (tried.error == 0) {
            port = bound_port(tried.socket);
            sockets.push_back(std::move(tried.socket));
        } else if (family_is_missing(tried.error)) {
            missing = tried.error;  // "localhost" may name an IPv6 address the machine lacks
        } else {
            fail(request, tried.error);
        }
    }
    if (sockets.empty()) {
        fail(request, missing);
    }
    return sockets;
}

file_descriptor listen_unix(const listen_request& request) {
    file_descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un where{};
    const std::string& path = request.where.path;
    if (!socket.is_open() || path.size() >= sizeof where.sun_path) {
        fail(request, socket.is_open() ? ENAMETOOLONG : errno);
    }
    where.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), static_cast<char*>(where.sun_path));
    if (socket_file_inode(path) != 0 && !somebody_listens(where)) {
        ::unlink(path.c_str());
    }
    // Before bind, so that the file is never more open than it should be; after it again, because
    // the umask takes bits away.
    const auto mode = static_cast<mode_t>(request.unix_mode);
    if (::fchmod(socket.get(), mode) != 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
        ::chmod(path.c_str(), mode) != 0 || ::listen(socket.get(), request.backlog) != 0) {
        fail(request, errno);
    }
    return socket;
}

std::uint16_t bound_port(const file_descriptor& socket) noexcept {
    sockaddr_storage where{};
    socklen_t size = sizeof where;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&where), &size) != 0) {
        return 0;
    }
    return address::from_native(reinterpret_cast<const sockaddr&>(where)).port();
}

void remove_socket_file(const std::string& path, std::uint64_t inode) noexcept {
    if (inode != 0 && socket_file_inode(path) == inode) {
        ::unlink(path.c_str());
    }
}

std::uint64_t socket_file_inode(const std::string& path) noexcept {
    struct stat found {};

    const bool is_socket = ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
    return is_socket ? found.st_ino : 0;
}

}  // namespace lmqtt::net
