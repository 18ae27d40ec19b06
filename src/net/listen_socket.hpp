// Sockets that listen: created, bound, and described in one line if that fails. Free functions for
// the listener; they keep nothing.
#pragma once

#include "net/file_descriptor.hpp"

#include <lmqtt/listen_address.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace lmqtt::net {

struct listen_request {
    std::string text;  // the address as it was written, for messages
    listen_address where;
    std::uint32_t unix_mode = 0660;
    int backlog = 1024;
};

/// One socket for each address the host has; with port 0 all have the same free port. Throws
/// std::system_error or std::runtime_error, with one line that names the address.
[[nodiscard]] std::vector<file_descriptor> listen_tcp(const listen_request& request);

/// A file that nobody listens on any more is replaced; one that somebody does is not.
[[nodiscard]] file_descriptor listen_unix(const listen_request& request);

/// 0 if it has none.
[[nodiscard]] std::uint16_t bound_port(const file_descriptor& socket) noexcept;

/// Removes the file of a UNIX socket if it is still this socket's own.
void remove_socket_file(const std::string& path, std::uint64_t inode) noexcept;

/// The inode of a UNIX socket's file; 0 if there is none.
[[nodiscard]] std::uint64_t socket_file_inode(const std::string& path) noexcept;

}  // namespace lmqtt::net
