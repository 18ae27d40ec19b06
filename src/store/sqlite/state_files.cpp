#include "store/sqlite/state_files.hpp"

#include "store/sqlite/state_error.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::persistence {

namespace {

using cause = state_error::cause;

// The database first: what is cut short leaves a log without its database, which is noticed, and
// not a database without its log, which is not.
constexpr std::array<std::string_view, 4> parts{"", "-wal", "-shm", "-journal"};

// As 20260131T235959Z: sorts by time, and needs no quotes.
std::string time_text(std::int64_t now_ms) {
    const std::time_t seconds = now_ms / 1000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
    return {text.data(), length};
}

std::string with(const std::string& path, std::string_view part) {
    return path + std::string(part);
}

std::string unused_name(const std::string& wanted) {
    const auto taken = [](const std::string& name) {
        for (const std::string_view part : parts) {
            if (exists(with(name, part))) {
                return true;
            }
        }
        return false;
    };
    std::string name = wanted;
    for (int more = 2; taken(name); ++more) {
        name = wanted + "-" + std::to_string(more);
    }
    return name;
}

}  // namespace

bool exists(const std::string& path) {
    struct stat about {};

    return ::lstat(path.c_str(), &about) == 0;
}

std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    return folder.empty() ? "." : folder.string();
}

void sync_folder_of(const std::string& path) {
    const int folder = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = folder >= 0 && ::fsync(folder) == 0;
    const int error = errno;
    if (folder >= 0) {
        ::close(folder);
    }
    if (!synced) {
        throw state_error(
            cause::refused,
            path,
            "its folder cannot be synced: " + std::generic_category().message(error)
        );
    }
}

private_files::private_files()
    : before_(::umask(027)) {}

private_files::~private_files() {
    ::umask(before_);
}

std::string name_while_restoring(const std::string& path) {
    return path + ".restoring";
}

bool restore_was_cut_short(const std::string& path) {
    return !exists(path) && exists(name_while_restoring(path));
}

// The other constructor has run, so whatever is thrown from here on calls the destructor.
set_aside::set_aside(const std::string& path, std::string_view word, std::int64_t now_ms)
    : set_aside() {
    const std::string to = unused_name(path + "." + std::string(word) + "-" + time_text(now_ms));
    for (const std::string_view part : parts) {
        if (!exists(with(path, part))) {
            continue;
        }
        if (std::rename(with(path, part).c_str(), with(to, part).c_str()) != 0) {
            throw state_error(
                cause::refused,
                with(path, part),
                "cannot be renamed: " + std::generic_category().message(errno)
            );
        }
        moved_.emplace_back(with(path, part), with(to, part));
        name_ = to;
    }
    sync_folder_of(path);
}

// The database last, for the same reason as above.
set_aside::~set_aside() {
    for (; !moved_.empty(); moved_.pop_back()) {
        std::rename(moved_.back().second.c_str(), moved_.back().first.c_str());
    }
}

}  // namespace lmqtt::persistence
