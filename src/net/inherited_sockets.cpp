#include "net/inherited_sockets.hpp"

#include "net/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace lmqtt::net {

namespace {

constexpr int first_passed = 3;  // SD_LISTEN_FDS_START
constexpr int most_passed = 1024;

int number_in(const char* variable) {
    const char* const text = std::getenv(variable);
    int number = 0;
    if (text == nullptr) {
        return 0;
    }
    const char* const end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, number);
    return error == std::errc{} && stop == end ? number : 0;
}

bool is_listening(int socket) {
    int listens = 0;
    socklen_t size = sizeof listens;
    return ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

bool is_any(const address& bound) {
    for (const auto byte : bound.raw()) {
        if (byte != 0) {
            return false;
        }
    }
    return true;
}

bool has_host(const address& bound, const std::string& host) {
    if (host.empty()) {
        return is_any(bound);
    }
    if (host == "localhost") {
        return bound.is_loopback();
    }
    return bound.host() == address::from_text(host).host();
}

bool is_bound_to(int socket, const listen_address& wanted) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* const native = reinterpret_cast<sockaddr*>(&storage);
    if (::getsockname(socket, native, &size) != 0) {
        return false;
    }
    if (wanted.is_unix()) {
        const auto& where = reinterpret_cast<const sockaddr_un&>(storage);
        return storage.ss_family == AF_UNIX &&
               wanted.path == static_cast<const char*>(where.sun_path);
    }
    const address bound = address::from_native(*native);
    return (storage.ss_family == AF_INET || storage.ss_family == AF_INET6) && wanted.port != 0 &&
           bound.port() == wanted.port && has_host(bound, wanted.host);
}

}  // namespace

std::vector<file_descriptor> inherited_sockets(const listen_address& wanted) {
    std::vector<file_descriptor> found;
    if (number_in("LISTEN_PID") != ::getpid()) {
        return found;
    }
    const int count = std::min(number_in("LISTEN_FDS"), most_passed);
    for (int socket = first_passed; socket < first_passed + count; ++socket) {
        if (!is_listening(socket) || !is_bound_to(socket, wanted)) {
            continue;
        }
        file_descriptor ours(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
        const int flags = ::fcntl(ours.get(), F_GETFL);
        if (ours.is_open() && ::fcntl(ours.get(), F_SETFL, flags | O_NONBLOCK) == 0) {
            found.push_back(std::move(ours));
        }
    }
    return found;
}

}  // namespace lmqtt::net
