#include "app/running_file.hpp"

#include "app/failure.hpp"
#include "config/load.hpp"
#include "config/print.hpp"
#include "config/text_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lmqtt::app {
namespace {

constexpr std::string_view head = "# What lmqttd runs with, written by it for `lmqttd config "
                                  "diff`: changes here change nothing.\n"
                                  "# The access rules of all files are among those here.\n";

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    return true;
}

[[noreturn]] void refuse(const std::string& why) {
    throw failure(exit_code::no_input, "lmqttd: " + why + "\n");
}

}  // namespace

std::string running_file_of(const config& settings) {
    constexpr const char* ending = ".running.toml";
    if (settings.persistence.type == persistence_type::sqlite) {
        return settings.persistence.path + ending;
    }
    return settings.pid_file.empty() ? "" : settings.pid_file + ending;
}

running_file::running_file(std::string path, base::logger log)
    : path_(std::move(path))
    , log_(log) {}

running_file::~running_file() {
    drop();
}

// Locked before it has its name: whoever finds it finds it locked.
void running_file::write(const config& running) {
    if (path_.empty()) {
        return;
    }
    const std::string made = path_ + ".unfinished";
    ::unlink(made.c_str());
    constexpr int how = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const int descriptor = ::open(made.c_str(), how, 0640);
    const bool done =
        descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
        ::fchmod(descriptor, 0640) == 0 &&
        write_all(
            descriptor,
            std::string(head) + config_file::print_config(running, config_file::printed_keys::all)
        ) &&
        ::rename(made.c_str(), path_.c_str()) == 0;
    if (done) {
        ::close(std::exchange(descriptor_, descriptor));
        return;
    }
    log_.warn(
        "the running configuration cannot be written: `lmqttd config diff` cannot tell",
        {{"file", path_}, {"why", std::generic_category().message(errno)}}
    );
    if (descriptor >= 0) {
        ::unlink(made.c_str());
        ::close(descriptor);
    }
    drop();
}

void running_file::drop() {
    if (descriptor_ >= 0) {
        ::unlink(path_.c_str());
        ::close(std::exchange(descriptor_, -1));
    }
}

config read_running(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const std::string why = std::generic_category().message(errno);
        refuse(
            path + ": " + why + ": no lmqttd runs with this configuration, or it could not write it"
        );
    }
    const bool is_locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
    ::close(descriptor);
    if (!is_locked) {
        refuse(path + ": was left behind by a lmqttd that runs no more");
    }
    return read_running_copy(path);
}

config read_running_copy(const std::string& path) {
    const config_file::text_file text = config_file::read_text_file(path);
    if (!text.failure.empty()) {
        refuse(path + ": " + text.failure);
    }
    config_file::loaded found = config_file::load_printed(text.text);
    if (found.problems.empty()) {
        return std::move(found.value);
    }
    refuse(config_file::to_line(found.problems.front(), path));
}

}  // namespace lmqtt::app
