// The lock that keeps a second broker, and every command that writes, away from a database:
// "<path>.lock", locked as long as this object lives. One thread at a time.
#pragma once

#include <string>
#include <sys/types.h>

namespace lmqtt::persistence {

class state_lock {
public:
    // Throws state_error at once if somebody else holds it, or if the folder does not let us.
    explicit state_lock(const std::string& database_path);
    state_lock(const state_lock&) = delete;
    state_lock& operator=(const state_lock&) = delete;
    ~state_lock();

    // The file, for whoever takes the lock next. Only root can.
    void give_to(uid_t user, gid_t group) const;

private:
    int descriptor_;
};

}  // namespace lmqtt::persistence
