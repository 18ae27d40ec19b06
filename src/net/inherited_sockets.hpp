// Listening sockets that the service manager has bound for us (sd_listen_fds(3)): they are found by
// the address they are bound to, so that a configuration needs no word about them.
#pragma once

#include "net/file_descriptor.hpp"

#include <lmqtt/listen_address.hpp>

#include <vector>

namespace lmqtt::net {

/// Those of the process that are bound to this address and listen; they are not the caller's alone,
/// so what is returned are duplicates. Empty without a service manager. To be asked once for each
/// address.
[[nodiscard]] std::vector<file_descriptor> inherited_sockets(const listen_address& wanted);

}  // namespace lmqtt::net
