// Who the process is: looked up before anything starts, become when the listeners are bound and the
// state is not open yet. Call from the main thread; glibc changes the user of all threads.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace lmqtt::app {

struct account {
    uid_t user;
    gid_t group;
};

/// Nothing if there is no such user.
std::optional<account> find_user(const std::string& name);

/// Throws failure if this process could not become the user. An empty name stays who we are.
void require_can_become(const std::string& name);

/// For good: user, group and supplementary groups. Throws failure.
void become(const std::string& name);

}  // namespace lmqtt::app
