// A connection that only looks: it takes no lock that keeps a broker out, and leaves the log to the
// broker, also when it is the last to close (SQLite 3.40 can lose commits to a second
// checkpointer). Used by one thread.
#pragma once

#include "store/sqlite/statement.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace SQLite {
class Database;
}  // namespace SQLite

namespace lmqtt::persistence {

class state_reader {
public:
    // Throws state_error: there is none, it cannot be read, or it is no database of ours.
    explicit state_reader(const std::string& path);
    state_reader(const state_reader&) = delete;
    state_reader& operator=(const state_reader&) = delete;
    ~state_reader();

    const std::string& path() const { return path_; }

    sqlite3* handle() const;

    // Of one row and column.
    std::int64_t number(std::string_view sql) const;

    // From here on every statement sees the same moment.
    void hold_still() const;

private:
    void require_ours() const;

    std::string path_;
    std::unique_ptr<SQLite::Database> connection_;
};

}  // namespace lmqtt::persistence
