// A transaction of one connection: all of it, or nothing. Rolls back unless it is committed. Used
// by the connection's thread.
#pragma once

struct sqlite3;

namespace lmqtt::persistence {

class transaction {
public:
    // Writes from now on, or waits for whoever does.
    explicit transaction(sqlite3* connection);
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;
    ~transaction();

    void commit();

private:
    sqlite3* connection_;
    bool open_ = true;
};

}  // namespace lmqtt::persistence
