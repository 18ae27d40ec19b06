// The files of a database in the file system: their names, who may read them, and how all of them
// move at once. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace lmqtt::persistence {

std::string folder_of(const std::string& path);

// Whether the name is taken, be it by a link that leads nowhere.
bool exists(const std::string& path);

// The name of a new file is on the disk only when its folder is.
void sync_folder_of(const std::string& path);

// While one lives, what is created is for the owner and its group: who may inspect the state reads
// it through the group; nobody else does.
class private_files {
public:
    private_files();
    private_files(const private_files&) = delete;
    private_files& operator=(const private_files&) = delete;
    ~private_files();

private:
    mode_t before_;
};

// Whether a restore() has moved the database away and was ended before the new one was in place.
bool restore_was_cut_short(const std::string& path);

// The name under which restore() prepares what will be at `path`.
std::string name_while_restoring(const std::string& path);

// A database with its log, moved out of the way to "<path>.<word>-<time>",
// "<path>.<word>-<time>-wal" and so on. Moves back unless keep() is called. Throws state_error, and
// then nothing has moved.
class set_aside {
public:
    set_aside(const std::string& path, std::string_view word, std::int64_t now_ms);
    set_aside(const set_aside&) = delete;
    set_aside& operator=(const set_aside&) = delete;
    ~set_aside();

    // Empty if there was nothing to move.
    const std::string& name() const { return name_; }

    void keep() { moved_.clear(); }

private:
    set_aside() = default;

    std::string name_;
    std::vector<std::pair<std::string, std::string>> moved_;  // from, to
};

}  // namespace lmqtt::persistence
