#include "app/pid_file.hpp"

#include "app/failure.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fstream>
#include <signal.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lmqtt::app {
namespace {

/// 0 if the file holds no process id.
pid_t read_pid(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t length = pread(descriptor, text.data(), text.size(), 0);
    pid_t pid = 0;
    if (length > 0) {
        std::from_chars(text.data(), text.data() + length, pid);
    }
    return pid;
}

/// By its name: a number left over from a crash may belong to any process by now.
bool is_lmqttd(pid_t pid) {
    if (pid <= 0 || pid == getpid() || (kill(pid, 0) != 0 && errno != EPERM)) {
        return false;
    }
    std::ifstream name("/proc/" + std::to_string(pid) + "/comm");
    std::string text;
    return std::getline(name, text) && text == "lmqttd";
}

bool write_pid(int descriptor) {
    const std::string text = std::to_string(getpid()) + "\n";
    return ftruncate(descriptor, 0) == 0 &&
           pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
           fchmod(descriptor, 0644) == 0;
}

}  // namespace

pid_file::pid_file(std::string path)
    : path_(std::move(path)) {
    if (path_.empty()) {
        return;
    }
    const auto fail = [this](exit_code code, std::string_view why) {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
        throw failure(code, "lmqttd: pid_file " + path_ + ": " + std::string(why) + "\n");
    };
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor_ < 0) {
        fail(
            exit_code::cannot_create, "cannot be opened: " + std::generic_category().message(errno)
        );
    }
    const pid_t holder = read_pid(descriptor_);
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0 || is_lmqttd(holder)) {
        fail(
            exit_code::already_running,
            "lmqttd is already running as process " + std::to_string(holder)
        );
    }
    if (!write_pid(descriptor_)) {
        fail(
            exit_code::cannot_create, "cannot be written: " + std::generic_category().message(errno)
        );
    }
}

pid_file::~pid_file() {
    if (descriptor_ < 0) {
        return;
    }
    // After a change of user the folder may be closed to us; an empty file names nobody either.
    if (unlink(path_.c_str()) != 0 && ftruncate(descriptor_, 0) != 0) {
        errno = 0;
    }
    close(descriptor_);
}

}  // namespace lmqtt::app
