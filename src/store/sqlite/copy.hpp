// A copy of a database, made beside the place where it will be: written, synced, checked, and only
// then renamed. Gone again unless it gets there.
#pragma once

#include "store/sqlite/state_file.hpp"

#include <string>
#include <sys/types.h>

struct sqlite3;

namespace lmqtt::persistence {

// What a copy that will be `name` is called until then.
std::string unfinished_name(const std::string& name);

class unfinished_copy {
public:
    // Of what `from` sees. `name` is that of the copy until it is finished; a file of that name is
    // replaced. Throws state_error.
    unfinished_copy(sqlite3* from, const std::string& name);
    unfinished_copy(const unfinished_copy&) = delete;
    unfinished_copy& operator=(const unfinished_copy&) = delete;
    ~unfinished_copy();

    // How much it is, until it is finished.
    copied what() const;

    // Only root can.
    void give_to(uid_t user, gid_t group) const;

    // The name it stays under. Unless it may overwrite, a file that has come there meanwhile wins.
    void finish(const std::string& name, bool overwrite);

private:
    explicit unfinished_copy(const std::string& name);

    void write(sqlite3* from) const;
    void check(sqlite3* from) const;

    std::string name_;
    bool finished_ = false;
    int file_;
};

}  // namespace lmqtt::persistence
