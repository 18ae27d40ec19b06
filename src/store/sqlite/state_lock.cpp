#include "store/sqlite/state_lock.hpp"

#include "store/sqlite/state_error.hpp"
#include "store/sqlite/state_files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::persistence {

namespace {

using cause = state_error::cause;

int open_lock(const std::string& database_path) {
    const private_files umask_for_the_group;
    const std::string path = database_path + ".lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    const int error = errno;
    if (descriptor >= 0) {
        return descriptor;
    }
    if (error == ENOENT) {
        throw state_error(
            cause::refused,
            database_path,
            "its folder " + folder_of(database_path) + " does not exist"
        );
    }
    throw state_error(
        cause::refused, database_path, "cannot be opened: " + std::generic_category().message(error)
    );
}

}  // namespace

state_lock::state_lock(const std::string& database_path)
    : descriptor_(open_lock(database_path)) {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor_);
        throw state_error(cause::in_use, database_path, "another lmqttd is using it");
    }
}

state_lock::~state_lock() {
    ::close(descriptor_);
}

void state_lock::give_to(uid_t user, gid_t group) const {
    if (::fchown(descriptor_, user, group) != 0) {
        throw std::system_error(errno, std::generic_category(), "the lock file");
    }
}

}  // namespace lmqtt::persistence
