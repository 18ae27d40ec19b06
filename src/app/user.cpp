#include "app/user.hpp"

#include "app/failure.hpp"

#include <array>
#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::app {

std::optional<account> find_user(const std::string& name) {
    std::array<char, 16 * 1024> strings{};
    passwd entry{};
    passwd* found = nullptr;
    getpwnam_r(name.c_str(), &entry, strings.data(), strings.size(), &found);
    if (found == nullptr) {
        return std::nullopt;
    }
    return account{entry.pw_uid, entry.pw_gid};
}

void require_can_become(const std::string& name) {
    if (name.empty()) {
        return;
    }
    const std::optional<account> wanted = find_user(name);
    if (!wanted) {
        throw failure(
            exit_code::configuration, "lmqttd: user: there is no user \"" + name + "\"\n"
        );
    }
    if (geteuid() != 0 && geteuid() != wanted->user) {
        throw failure(
            exit_code::no_permission,
            "lmqttd: user: only root can become \"" + name + "\"; start as root, or as it\n"
        );
    }
}

void become(const std::string& name) {
    const std::optional<account> wanted = name.empty() ? std::nullopt : find_user(name);
    if (!wanted || geteuid() == wanted->user) {
        return;
    }
    const bool became = initgroups(name.c_str(), wanted->group) == 0 &&
                        setgid(wanted->group) == 0 && setuid(wanted->user) == 0;
    if (!became) {
        const std::string why = std::generic_category().message(errno);
        throw failure(
            exit_code::no_permission, "lmqttd: user: cannot become \"" + name + "\": " + why + "\n"
        );
    }
}

}  // namespace lmqtt::app
